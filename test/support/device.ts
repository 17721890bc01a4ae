/** Devices for tests: each its own process, as RxDB's free storages allow one device's collections a process. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface DeviceCalls {
  signIn(argument: { password: string }): Promise<void>
  sync(argument: undefined): Promise<Record<string, unknown>>
  /** Pulls everything; what is measured begins behind the sign-in. */
  firstPull(argument: undefined): Promise<{ documents: number; ms: number; requests: number }>
  setOffline(off: boolean): Promise<void>
  insert(argument: { collection: string; document: object }): Promise<void>
  patch(argument: { collection: string; id: string; changes: object }): Promise<void>
  get(argument: { collection: string; id: string }): Promise<Record<string, unknown> | null>
  all(argument: { collection: string }): Promise<Record<string, unknown>[]>
  count(argument: { collection: string }): Promise<number>
  addDocument(argument: { base64: string; meta: object }): Promise<void>
  end(argument: undefined): Promise<void>
}

export interface DeviceRequest {
  id: number
  call: keyof DeviceCalls
  argument: unknown
}
export type DeviceMessage =
  { id: number; value?: unknown; error?: string } | { event: 'ready' | 'uploading'; path: string }

export class Device implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #onUploading: (() => void)[] = []
  readonly #ready: Promise<void>
  #next = 1

  constructor(baseUrl: string, username: string) {
    const script = fileURLToPath(new URL('./device-process.ts', import.meta.url))
    this.#child = fork(script, [baseUrl, username], { execArgv: ['--import', 'tsx'] })
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: DeviceMessage) => {
        if ('id' in message) this.#settle(message)
        else if (message.event === 'ready') resolve()
        else this.#onUploading.splice(0).forEach((listener) => listener())
      })
      this.#child.once('exit', (code) => {
        const error = new Error(`The device of ${username} ended with ${String(code)}`)
        reject(error)
        for (const { reject: fail } of this.#waiting.values()) fail(error)
      })
    })
    this.#ready.catch(() => undefined)
  }

  #settle(message: { id: number; value?: unknown; error?: string }): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.error === undefined) waiting?.resolve(message.value)
    else waiting?.reject(new Error(message.error))
  }

  /** Asks the device to do something; rejects with what went wrong there. */
  async do<K extends Exclude<keyof DeviceCalls, 'end'>>(
    call: K,
    argument: Parameters<DeviceCalls[K]>[0],
  ): Promise<Awaited<ReturnType<DeviceCalls[K]>>> {
    await this.#ready
    const id = this.#next++
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, call, argument } satisfies DeviceRequest)
    })
    return (await answer) as Awaited<ReturnType<DeviceCalls[K]>>
  }

  /** Resolves when the device begins its next upload. */
  async uploading(): Promise<void> {
    await new Promise<void>((resolve) => this.#onUploading.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.send({ id: 0, call: 'end', argument: undefined } satisfies DeviceRequest)
    await ended
  }
}
