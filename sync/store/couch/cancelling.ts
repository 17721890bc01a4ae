/**
 * Ends requests of Node's fetch for certain. nano's all have `redirect: 'error'`, and of such a request Node 20 holds only
 * weakly what would hear of an abort once the answer has begun: after the next garbage collection neither a time that is
 * over nor a stop ends it. So the signal is laid on the connection's own handle as well.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What of undici's handlers and dispatchers is used here (undici's documentation: Dispatcher). */
interface Handler {
  onConnect(abort: (reason?: Error) => void, context: unknown): void
}
interface Dispatcher {
  dispatch(options: unknown, handler: Handler): boolean
}

/** Where undici has its dispatcher, whichever copy of it; Node's fetch makes one before it asks for anything. */
const globalDispatcher = Symbol.for('undici.globalDispatcher.1')

const signals = new AsyncLocalStorage<AbortSignal>()

/** A dispatcher for Node's fetch: requests made within `cancelledBy` end with its signal. */
export const cancelling: Dispatcher = {
  dispatch(options, handler) {
    const signal = signals.getStore()
    if (signal) endWith(handler, signal)
    return (Reflect.get(globalThis, globalDispatcher) as Dispatcher).dispatch(options, handler)
  },
}

/** Makes a request by `cancelling` that ends with `signal`. */
export const cancelledBy = <T>(signal: AbortSignal, make: () => T): T => signals.run(signal, make)

const endWith = (handler: Handler, signal: AbortSignal): void => {
  const connect = handler.onConnect.bind(handler)
  handler.onConnect = (abort, context) => {
    connect(abort, context)
    const end = (): void => abort(signal.reason as Error)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  }
}
