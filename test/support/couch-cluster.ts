/**
 * A cluster of CouchDB nodes that tests may break. `COUCHDB_NODES` are its nodes' URLs, separated by commas, with the
 * administrator's name and password; `COUCHDB_CLUSTER` is a program that is run with `KILL n` and `REVIVE n` (which
 * waits until the node is back) and with `STATUS`, which prints `node n: up, pid P` a line. Where `COUCHDB_COOKIE` has
 * the nodes' Erlang cookie and `COUCHDB_ERL` the path of `erl`, the connections between nodes can be cut, too.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface Erlang {
  erl: string
  cookie: string
}

export class CouchCluster {
  readonly urls: readonly string[]
  readonly #program: string
  readonly #erlang: Erlang | undefined

  private constructor(urls: readonly string[], program: string, erlang: Erlang | undefined) {
    this.urls = urls
    this.#program = program
    this.#erlang = erlang
  }

  /** Undefined where there is none. */
  static fromEnvironment(env: NodeJS.ProcessEnv): CouchCluster | undefined {
    const { COUCHDB_NODES: nodes, COUCHDB_CLUSTER: program, COUCHDB_ERL: erl, COUCHDB_COOKIE: cookie } = env
    if (!nodes || !program) return undefined
    return new CouchCluster(nodes.split(','), program, erl && cookie ? { erl, cookie } : undefined)
  }

  get canBeCut(): boolean {
    return this.#erlang !== undefined
  }

  /** @param node counts from 1 */
  async kill(node: number): Promise<void> {
    await run(this.#program, ['KILL', String(node)])
  }

  async revive(node: number): Promise<void> {
    await run(this.#program, ['REVIVE', String(node)])
  }

  /** Stops a node where it stands, connections and all, as a machine that swaps does; or lets it go on. */
  async signal(node: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const { stdout } = await run(this.#program, ['STATUS'])
    const pid = new RegExp(`^node ${node}: up, pid (\\d+)`, 'm').exec(stdout)?.[1]
    if (pid === undefined) throw new Error(`Node ${node} is not up:\n${stdout}`)
    process.kill(Number(pid), signal)
  }

  /** Cuts a node off from the others, which know it by another cookie from then on, or lets them meet again. */
  async part(node: number, apart: boolean): Promise<void> {
    if (!this.#erlang) throw new Error('COUCHDB_ERL and COUCHDB_COOKIE are not set')
    const { erl, cookie } = this.#erlang
    const response = await fetch(`${originOf(this.urls[0])}/_membership`, { headers: this.headers })
    const { cluster_nodes: names } = (await response.json()) as { cluster_nodes: string[] }
    const one = [...names].sort()[node - 1]
    const steps = names
      .filter((name) => name !== one)
      .flatMap((other) => [
        `rpc:call('${one}', erlang, set_cookie, ['${other}', ${apart ? 'apart' : `'${cookie}'`}])`,
        apart
          ? `rpc:call('${one}', erlang, disconnect_node, ['${other}'])`
          : `rpc:call('${one}', net_kernel, connect_node, ['${other}'])`,
      ])
    const name = `breaker-${process.pid}-${Date.now()}@127.0.0.1`
    const program = `io:format("~p~n", [[${steps.join(', ')}]]), halt().`
    await run(erl, ['-hidden', '-noshell', '-name', name, '-setcookie', cookie, '-eval', program])
  }

  get headers(): Record<string, string> {
    const { username, password } = new URL(this.urls[0] ?? '')
    return {
      Authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
    }
  }
}

const originOf = (url: string | undefined): string => new URL(url ?? '').origin
