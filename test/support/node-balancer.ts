/** The load balancer in front of a cluster's nodes: a connection goes to a node that answered `_up` a moment ago. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

const checkMs = 500
const patienceMs = 1000

interface Node {
  url: URL
  up: boolean
  sockets: Set<Socket>
}

export class NodeBalancer implements AsyncDisposable {
  readonly #nodes: Node[]
  readonly #server = createServer((client) => this.#carry(client))
  readonly #checking: NodeJS.Timeout
  #next = 0

  private constructor(urls: readonly string[]) {
    this.#nodes = urls.map((url) => ({ url: new URL(url), up: true, sockets: new Set() }))
    this.#checking = setInterval(() => void this.#check(), checkMs)
  }

  static async open(urls: readonly string[]): Promise<NodeBalancer> {
    const balancer = new NodeBalancer(urls)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  /** With the nodes' name and password. */
  get url(): string {
    const url = new URL(this.#nodes[0]?.url ?? '')
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  async #check(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async (node) => {
        const options = { signal: AbortSignal.timeout(patienceMs) }
        node.up = await fetch(`${node.url.origin}/_up`, options).then(
          (response) => response.ok,
          () => false,
        )
        // What hangs on a node that is away is broken, so that its sender hears of it.
        if (!node.up) for (const socket of node.sockets) socket.destroy()
      }),
    )
  }

  #carry(client: Socket): void {
    client.on('error', () => undefined)
    const up = this.#nodes.filter((node) => node.up)
    const node = up[(this.#next += 1) % up.length]
    if (!node) {
      client.destroy()
      return
    }
    const upstream = connect(Number(node.url.port), node.url.hostname)
    upstream.on('error', () => client.destroy())
    node.sockets.add(client)
    client.on('close', () => {
      node.sockets.delete(client)
      upstream.destroy()
    })
    upstream.on('close', () => client.destroy())
    client.pipe(upstream).pipe(client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#checking)
    for (const { sockets } of this.#nodes) for (const socket of sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
