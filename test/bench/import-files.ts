/** The importer as a practice runs it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { filesToImport } from '../vets-day/files.ts'
import { residentMb } from './resident.ts'

/**
 * Imports into `dataDir`, through its server where one runs.
 * @returns seconds it took, and the highest resident memory in MB
 */
export const importFiles = async (
  dataDir: string,
  which: ('--animals' | '--price-list')[],
  given: { animals?: string } = {},
): Promise<{ seconds: number; peakMb: number; told: string }> => {
  const files = { ...(await filesToImport(dataDir)), ...given }
  const named = which.flatMap((option) => [option, option === '--animals' ? files.animals : files.priceList])
  compile()
  const started = performance.now()
  // What `npm run import` does.
  compile()
  const child = spawn(
    process.execPath,
    ['dist/server/import/cli.js', '--group', '1', '--site', '1', ...named],
    { env: { ...process.env, DATA_DIR: dataDir }, stdio: 'ignore' },
  )
  let peakMb = 0
  const sampler = setInterval(() => {
    residentMb(child.pid, 'VmHWM').then(
      (mb) => (peakMb = Math.max(peakMb, mb)),
      () => undefined,
    )
  }, 50)
  const [code] = (await once(child, 'exit')) as [number]
  clearInterval(sampler)
  if (code !== 0) throw new Error(`The import ended with ${code}`)
  return { seconds: (performance.now() - started) / 1000, peakMb, told: files.told }
}

const compile = (): void => {
  if (spawnSync(process.execPath, ['server/compile.js']).status !== 0)
    throw new Error('The server does not compile')
}
