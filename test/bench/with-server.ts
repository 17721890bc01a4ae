/** A demo server in a process of its own for the length of a measurement. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort, ServerProcess } from '../support/server-process.ts'
import { ApiCaller } from '../vets-day/api-caller.ts'

export interface Running {
  server: ServerProcess
  api: ApiCaller
  dataDir: string
}

export const withServer = async <T>(
  work: (running: Running) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-bench-'))
  try {
    await using server = new ServerProcess({
      port: await freePort(),
      dataDir,
      env: { LOG_LEVEL: 'silent', ...env },
    })
    await server.start()
    const api = new ApiCaller(server.url)
    await api.signIn('amelia.vet', 'Demo-Practice-2026')
    return await work({ server, api, dataDir })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
