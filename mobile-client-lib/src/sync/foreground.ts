/** A page that comes back to its user. */
import { Subscription } from 'rxjs'

/** Calls back when the page comes to the foreground; never, where there is no page. */
export const foreground = (back: () => void): Subscription => {
  const page = (globalThis as { document?: Document }).document
  if (typeof page?.addEventListener !== 'function') return new Subscription()
  const onChange = (): void => void (page.visibilityState === 'visible' && back())
  page.addEventListener('visibilitychange', onChange)
  return new Subscription(() => page.removeEventListener('visibilitychange', onChange))
}
