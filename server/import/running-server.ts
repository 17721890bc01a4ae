/** An import beside a running server: that process owns the embedded store, so the rows go through it. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { outcomeShape } from './batch.ts'
import type { Destination, Place } from './destination.ts'
import { ImportError } from './errors.ts'

const ownerShape = z.object({ pid: z.int(), url: z.url(), token: z.string().min(1) })

/** The server that has a data directory open, as it wrote of itself into `owner.json`. */
export type RunningServer = z.infer<typeof ownerShape>

const probeMs = 3000

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const readOwner = async (dataDir: string): Promise<RunningServer | undefined> => {
  const file = path.join(dataDir, 'owner.json')
  try {
    return ownerShape.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EACCES')
      throw new ImportError(`${file} belongs to another user: run the import as the user of the server`, {
        cause: error,
      })
    return undefined // half-written by a server that died, or not ours: then no server answers for it
  }
}

const request = (
  server: RunningServer,
  call: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(new URL(`/import/${call}`, server.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.token}` },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })

/** Any answer shows that someone listens; the place is checked later. */
const answers = (server: RunningServer): Promise<boolean> =>
  request(server, 'check', {}, AbortSignal.timeout(probeMs)).then(
    async (response) => {
      await response.arrayBuffer()
      return true
    },
    () => false,
  )

/** The server that runs on `dataDir`, or undefined. What a server left behind that was killed is not taken for one. */
export const findRunningServer = async (dataDir: string): Promise<RunningServer | undefined> => {
  const owner = await readOwner(dataDir)
  return owner && isAlive(owner.pid) && (await answers(owner)) ? owner : undefined
}

const problemShape = z.object({ detail: z.string() })

const call = async (server: RunningServer, name: string, body: unknown): Promise<unknown> => {
  let response: Response
  try {
    response = await request(server, name, body)
  } catch (error) {
    throw new ImportError('The server has stopped answering. Run the import again: it goes on where it was', {
      cause: error,
    })
  }
  const text = await response.text()
  if (response.ok) return text === '' ? undefined : JSON.parse(text)
  const problem = problemShape.safeParse(
    response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {},
  )
  throw new ImportError(problem.data?.detail ?? `The server refused the import (status ${response.status})`)
}

/** Sends batches to a running server. */
export const serverDestination = async (server: RunningServer, place: Place): Promise<Destination> => {
  await call(server, 'check', place)
  return {
    description: `the running server (process ${server.pid})`,
    take: async (batch) => outcomeShape.parse(await call(server, 'rows', batch)),
    finish: async () => void (await call(server, 'finish', place)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
