/** What lies between a device and the server, as bad as a test needs it. */

type Fetch = typeof fetch

/** A fault for requests whose path contains `path`. */
interface Fault {
  path: string
  times: number
  act: (send: () => Promise<Response>) => Promise<Response>
}

export class DeviceNetwork {
  offline = false
  /** The server fails on every request that has this text in it. */
  poison: string | null = null
  /** Told of each request; what it returns is told of its end. */
  onRequest: ((path: string, body: unknown) => () => void) | null = null
  /** Paths asked for, in order. */
  readonly asked: string[] = []
  /** JSON bodies sent, by path. */
  readonly bodies: { path: string; body: unknown }[] = []
  readonly #faults: Fault[] = []

  readonly fetch: Fetch = async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const path = new URL(url).pathname
    if (this.offline) throw new TypeError('fetch failed')
    this.asked.push(path)
    if (typeof init?.body === 'string') this.bodies.push({ path, body: JSON.parse(init.body) as unknown })
    if (this.poison !== null && typeof init?.body === 'string' && init.body.includes(this.poison))
      return problem(500, 'INTERNAL')
    const ended = this.onRequest?.(path, typeof init?.body === 'string' ? JSON.parse(init.body) : null)
    return await this.#send(path, () => fetch(input, init)).finally(ended)
  }

  async #send(path: string, send: () => Promise<Response>): Promise<Response> {
    const fault = this.#faults.find((one) => one.times > 0 && path.includes(one.path))
    if (!fault) return await send()
    fault.times -= 1
    return await fault.act(send)
  }

  /** The server does what it was asked, but its answer is lost. */
  loseAnswers(path: string, times = 1): void {
    this.#add(path, times, async (send) => {
      await (await send()).arrayBuffer()
      throw new TypeError('fetch failed')
    })
  }

  /** Something else answers. */
  answer(path: string, make: () => Response, times = 1): void {
    this.#add(path, times, async () => make())
  }

  /** Calls back before an answer is handed on, and waits for it. */
  holdAnswer(path: string, during: () => Promise<void>): void {
    this.#add(path, 1, async (send) => {
      const response = await send()
      const body = await response.text()
      await during()
      return new Response(body, { status: response.status, headers: response.headers })
    })
  }

  /** No more faults. */
  clear(): void {
    this.#faults.length = 0
  }

  /** Requests reach the server this much later. */
  slow(path: string, ms: number, times = 1): void {
    this.#add(path, times, async (send) => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      return await send()
    })
  }

  /** Items sent to an upload call, over all requests. */
  items(path: string): Record<string, unknown>[] {
    return this.bodies
      .filter((sent) => sent.path.includes(path))
      .flatMap((sent) => (sent.body as { items: Record<string, unknown>[] }).items)
  }

  #add(path: string, times: number, act: Fault['act']): void {
    this.#faults.unshift({ path, times, act })
  }
}

export const html = (status = 200): Response =>
  new Response('<html>Log in to the guest network</html>', {
    status,
    headers: { 'Content-Type': 'text/html' },
  })

export const problem = (status: number, code: string): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: code, status, code, detail: code }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  })
