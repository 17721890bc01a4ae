/** The library as an app gets it from a registry: packed, installed beside RxDB, compiled and bundled. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { build, type Rollup } from 'vite'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../../..')
const library = path.join(root, 'mobile-client-lib')

/** What the library leaves to the app to install. */
const external = (id: string): boolean => /^(rxdb|rxjs|zod)(\/|$)/.test(id)

describe('the library’s package', function () {
  this.timeout(180_000)
  let app: string
  before(async () => {
    app = await mkdtemp(path.join(tmpdir(), 'vetspace-app-'))
    await run('npm', ['pack', '--pack-destination', app], { cwd: library })
    const [archive = ''] = await readdir(app)
    const installed = path.join(app, 'node_modules', '@vetspace', 'mobile-client')
    await mkdir(installed, { recursive: true })
    await run('tar', ['-xzf', path.join(app, archive), '--strip-components=1', '-C', installed])
    for (const name of ['rxdb', 'rxjs', 'zod', '@types'])
      await symlink(path.join(root, 'node_modules', name), path.join(app, 'node_modules', name))
  })
  after(() => rm(app, { recursive: true, force: true }))

  it('has types that an app compiles against, strictly', async () => {
    await writeFile(path.join(app, 'package.json'), '{ "type": "module" }')
    await writeFile(
      path.join(app, 'app.ts'),
      `import { createClient, type SyncStatus } from '@vetspace/mobile-client'
       import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
       const client = await createClient({ baseUrl: 'https://x.test', accountId: 'a', apiKey: 'k', storage: getRxStorageMemory() })
       const status: SyncStatus = client.sync.status$.value
       const found = await client.collections.treatments.find().exec()
       const quantity: string | number | undefined = found[0]?.quantity
       // @ts-expect-error: there is no such collection
       client.collections.nothing
       export { status, quantity }`,
    )
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node']
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, ...options, '--skipLibCheck', 'app.ts'], {
      cwd: app,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).to.equal('')
  })

  it('needs nothing of Node’s, and is under 40 kB gzipped without RxDB', async () => {
    const used = new Set<string>()
    const watch = { name: 'watch', resolveId: (id: string) => void used.add(id) }
    const built = (await build({
      root: app,
      logLevel: 'error',
      plugins: [{ ...watch, enforce: 'pre' }],
      build: {
        write: false,
        lib: {
          entry: path.join(app, 'node_modules/@vetspace/mobile-client/dist/mobile-client-lib/src/index.js'),
          formats: ['es'],
        },
        rollupOptions: { external },
      },
    })) as Rollup.RollupOutput[]
    const code = built
      .flatMap(({ output }) => output.flatMap((part) => ('code' in part ? part.code : '')))
      .join('')
    const kilobytes = gzipSync(code).length / 1000
    console.log(`      ${kilobytes.toFixed(1)} kB gzipped`)
    expect(kilobytes).to.be.within(5, 40)
    const builtins = [...used].filter((id) => id.startsWith('node:') || builtinModules.includes(id))
    expect(builtins).to.deep.equal([])
  })

  it('can be shaken: who takes only the errors takes none of the database', async () => {
    await writeFile(path.join(app, 'small.js'), `export { OfflineError } from '@vetspace/mobile-client'`)
    const built = (await build({
      root: app,
      logLevel: 'error',
      build: {
        write: false,
        lib: { entry: path.join(app, 'small.js'), formats: ['es'] },
        rollupOptions: { external },
      },
    })) as Rollup.RollupOutput[]
    const code = built
      .flatMap(({ output }) => output.flatMap((part) => ('code' in part ? part.code : '')))
      .join('')
    expect(code).to.contain('OFFLINE')
    expect(code).not.to.contain('uploadTreatmentItems')
  })
})
