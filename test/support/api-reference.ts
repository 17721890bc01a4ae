/**
 * The API reference of the client library, made from its docstrings: `--write` makes mobile-client-lib/API.md anew;
 * without it, a reference that does not say what the docstrings say is an error, and so is one with a gap.
 */
import { execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const library = path.resolve(import.meta.dirname, '../../mobile-client-lib')
const committed = path.join(library, 'API.md')
const typedoc = path.resolve(import.meta.dirname, '../../node_modules/typedoc/bin/typedoc')

const out = await mkdtemp(path.join(tmpdir(), 'vetspace-api-'))
try {
  const options = ['--out', out, '--logLevel', 'Warn']
  execFileSync(process.execPath, [typedoc, ...options], { cwd: library, stdio: 'inherit' })
  const made = path.join(out, 'API.md')
  if (process.argv.includes('--write')) await copyFile(made, committed)
  else if ((await readFile(made, 'utf8')) !== (await readFile(committed, 'utf8'))) {
    console.error('mobile-client-lib/API.md is not what the docstrings say: npm run api')
    process.exitCode = 1
  }
} finally {
  await rm(out, { recursive: true, force: true })
}
