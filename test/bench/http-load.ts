/** Load on an HTTP server by connections that each ask again as soon as they are answered. */
import { RawConnection } from './raw-connection.ts'

export interface Load {
  /** Origin, `http://127.0.0.1:…`. */
  url: string
  path: string
  headers: Readonly<Record<string, string>>
  connections: number
  /** ms */
  duration: number
}

const askUntil = async ({ url, path, headers }: Load, until: number): Promise<number> => {
  const connection = new RawConnection(url)
  const request = connection.bytesOf({ method: 'GET', path, headers })
  let answers = 0
  do {
    await connection.ask(request)
    answers += 1
  } while (performance.now() < until)
  await connection.close()
  return answers
}

/** Answers a second. */
export const requestsPerSecond = async (load: Load): Promise<number> => {
  const started = performance.now()
  const until = started + load.duration
  const answers = await Promise.all(Array.from({ length: load.connections }, () => askUntil(load, until)))
  return (answers.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - started)
}
