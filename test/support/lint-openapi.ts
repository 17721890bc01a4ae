/** `npm run check:openapi`: Redocly's linter over the OpenAPI document; a warning fails as an error does. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openApiDocument } from '../../server/openapi/document.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'vetspace-openapi-'))
try {
  const file = path.join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(openApiDocument(), null, 1))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/@redocly/cli/bin/cli.js', 'lint', file, '--config', 'redocly.yaml', '--format', 'stylish'],
    {
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  )
  const valid = status === 0 && stderr.includes('Your API description is valid')
  console.log(valid ? 'OpenAPI: valid, no warnings' : `${stdout}\n${stderr}`)
  process.exitCode = valid ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
