/**
 * The service worker: the page opens without a network. It keeps the files of one build and nothing else; calls of
 * the API pass it by, because what is on the device is the library's to keep. (TypeScript's own types of workers
 * cannot stand beside those of pages, so what is used of them is named here.)
 */
interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Event {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Worker {
  addEventListener(type: 'install' | 'activate', listener: (event: Lifetime) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
  readonly registration: { readonly scope: string }
}

const worker = self as unknown as Worker
/** Both filled in by the build. */
const files = '__FILES__' as unknown as readonly string[]
const cacheName = 'vetspace-demo-__VERSION__'
const scope = new URL(worker.registration.scope).pathname
const page = `${scope}index.html`

const install = async (): Promise<void> => {
  const cache = await caches.open(cacheName)
  await cache.addAll(files.map((file) => new Request(scope + file, { cache: 'reload' })))
  await worker.skipWaiting()
}

const activate = async (): Promise<void> => {
  for (const name of await caches.keys())
    if (name.startsWith('vetspace-demo-') && name !== cacheName) await caches.delete(name)
  await worker.clients.claim()
}

const answer = async (request: Request, path: string): Promise<Response> =>
  (await caches.match(path, { ignoreSearch: true })) ?? (await fetch(request))

worker.addEventListener('install', (event) => event.waitUntil(install()))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || !pathname.startsWith(scope)) return
  event.respondWith(answer(request, request.mode === 'navigate' ? page : pathname))
})
