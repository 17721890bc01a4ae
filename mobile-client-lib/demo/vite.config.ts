/** The demo page: built into dist/demo, served by the server under /demo/. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname

/**
 * Tells the service worker what there is to keep: every file of the build. vite-plugin-pwa would do it too, with
 * 300 packages behind it; what is needed is this list.
 */
const listForServiceWorker = (): Plugin => ({
  name: 'list-for-service-worker',
  generateBundle(_, bundle) {
    const worker = bundle['sw.js']
    if (worker?.type !== 'chunk') return this.error('There is no service worker in the build')
    const built = Object.keys(bundle).filter((name) => name !== 'sw.js' && !name.endsWith('.map'))
    // Vite writes the page itself after this.
    const files = ['index.html', ...built, ...readdirSync(path.join(here, 'public'))].sort()
    const page = readFileSync(path.join(here, 'index.html'))
    const version = createHash('sha256').update(JSON.stringify(files)).update(page).update(worker.code)
    worker.code = worker.code
      .replace('"__FILES__"', JSON.stringify(files))
      .replace('__VERSION__', version.digest('hex').slice(0, 12))
  },
})

export default defineConfig({
  root: here,
  base: '/demo/',
  plugins: [listForServiceWorker()],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: path.resolve(here, '../../dist/demo'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: path.join(here, 'index.html'), sw: path.join(here, 'src/sw.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What seldom changes stands apart from what often does.
        manualChunks: (id) => (/node_modules\/(rxdb|dexie|rxjs)\//.test(id) ? 'database' : undefined),
      },
    },
  },
})
