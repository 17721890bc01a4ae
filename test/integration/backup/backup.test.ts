/** `npm run cli -- backup`, `backup verify` and `restore`. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { backupFrames } from '../../../server/backup/produce.ts'
import { archiveBytes } from '../../../server/backup/read-archive.ts'
import { restore, type Restored } from '../../../server/backup/restore.ts'
import { verifyBackup } from '../../../server/backup/verify.ts'
import { writeArchive } from '../../../server/backup/write-archive.ts'
import { WorkProgress } from '../../../server/cli/work-progress.ts'
import { compareDatabases } from '../../../server/move/compare.ts'
import { assertWhole } from '../../../server/unfinished.ts'
import type { Store } from '../../../sync/store/port.ts'
import { openDiskStorage } from '../../../uploads/storage/disk.ts'
import type { FileStorage } from '../../../uploads/storage/port.ts'
import { couchPlace, dyingStore, embeddedPlace, fill, type StorePlace } from '../../support/filled-store.ts'
import { startServer } from '../../support/server.ts'

const quiet = (): WorkProgress => new WorkProgress({ write: () => undefined }, Date.now)
const failure = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  )
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const put = async (files: FileStorage, bytes: Uint8Array): Promise<string> => {
  const staged = await files.stage(
    1,
    (async function* () {
      await Promise.resolve()
      yield bytes
    })(),
  )
  await staged.commit()
  return staged.sha256
}

const named = (hash: string, n: number) => ({ _id: `document:${n}`, type: 'document', sha256: hash })

let directory: string
let count = 0
const place = (name: string): string => path.join(directory, `${name}-${(count += 1)}`)
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'vetspace-backup-'))
})
after(() => rm(directory, { recursive: true, force: true }))

const write = async (
  { store, files }: { store: Store; files: FileStorage },
  file: string,
  passphrase?: string,
): Promise<void> => {
  const frames = backupFrames({ store, files, now: Date.now })
  const check = async (partial: string) => void (await verifyBackup(partial, passphrase))
  await writeArchive({ file, frames, passphrase, check, onBytes: () => undefined })
}

const putBack = async (
  file: string,
  { store, files, passphrase }: { store: Store; files: string; passphrase?: string },
): Promise<Restored> => {
  const verified = await verifyBackup(file, passphrase)
  const openFiles = () => openDiskStorage({ directory: files })
  const read = () => archiveBytes(file, passphrase)
  return await restore({ verified, read, store, openFiles, progress: quiet() })
}

const url = process.env['COUCHDB_URL']
if (url === undefined) console.warn('SKIPPED: backups of a CouchDB (set COUCHDB_URL)')
const couch = (): StorePlace => couchPlace(url ?? '')
type Make = () => Promise<StorePlace> | StorePlace
const ways: Record<string, [Make, Make]> = {
  'an embedded store into another': [embeddedPlace, embeddedPlace],
  ...(url !== undefined && {
    'an embedded store into CouchDB': [embeddedPlace, couch],
    'a CouchDB into an embedded store': [couch, embeddedPlace],
  }),
}

for (const [way, [makeSource, makeTarget]] of Object.entries(ways))
  describe(`A backup of ${way}`, () => {
    let from: StorePlace
    let to: StorePlace
    let source: Store
    let target: Store
    let files: FileStorage
    let file: string
    let kept: string
    before(async () => {
      from = await makeSource()
      source = await from.open()
      await fill(source)
      files = await openDiskStorage({ directory: place('files') })
      const [large, small] = [
        await put(files, randomBytes(3_000_000)),
        await put(files, Buffer.from('small')),
      ]
      kept = small
      await (await source.database('group-1')).write([named(large, 1), named(small, 2)])
      file = place('backup')
      await write({ store: source, files }, file)
    })
    after(async () => {
      await source[Symbol.asyncDispose]()
      await files[Symbol.asyncDispose]()
      await from[Symbol.asyncDispose]()
    })
    beforeEach(async () => {
      to = await makeTarget()
      target = await to.open()
    })
    afterEach(async () => {
      await target[Symbol.asyncDispose]()
      await to[Symbol.asyncDispose]()
    })

    const expectRestored = async (at: string): Promise<void> => {
      expect(await target.list()).to.deep.equal(await source.list())
      for (const name of await source.list()) {
        await using a = await (await source.database(name)).reader()
        await using b = await (await target.database(name)).reader()
        const { differing } = await compareDatabases({ name, from: a, to: b, onCompared: () => undefined })
        expect(differing, name).to.equal(0)
      }
      await using restored = await openDiskStorage({ directory: at })
      expect(await restored.stat({ groupId: 1, sha256: kept })).to.deep.equal({ size: 5 })
    }

    it('comes back whole, with everything that a document is, and files', async () => {
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
      const at = place('files')
      const { databases, manifest } = await putBack(file, { store: target, files: at })
      expect(databases.find(({ name }) => name === 'group-1')).to.include({ documents: 709, locals: 1 })
      expect(manifest).to.deep.include({ files: 2, fileBytes: 3_000_005, missing: [] })
      await expectRestored(at)
    })

    it('goes on after a restore that was killed at any point, and until then no server opens the store', async () => {
      const at = place('files')
      let killed = 0
      for (let calls = 1; ; calls += 2) {
        const said = await failure(putBack(file, { store: dyingStore(target, calls), files: at }))
        if (said === 'it did not fail') break
        expect(said).to.equal('killed')
        expect(await failure(assertWhole(target))).to.include('half full')
        killed += 1
      }
      expect(killed).to.be.greaterThan(2)
      await assertWhole(target)
      await expectRestored(at)
    })

    it('is not put into a store that is not empty, or half full of another backup', async () => {
      await target.database('group-9')
      expect(await failure(putBack(file, { store: target, files: place('files') }))).to.include(
        'is not empty',
      )
      await target.destroy('group-9')
      const other = place('backup')
      await write({ store: source, files }, other)
      await failure(putBack(file, { store: dyingStore(target, 2), files: place('files') }))
      const said = await failure(putBack(other, { store: target, files: place('files') }))
      expect(said).to.include('half full of another restore')
    })
  })

describe('A backup’s file', () => {
  const passphrase = 'correct horse battery'
  let plain: string
  let sealed: string
  before(async () => {
    await using from = await embeddedPlace()
    await using store = await from.open()
    await fill(store, 20)
    await using files = await openDiskStorage({ directory: place('files') })
    await (await store.database('group-1')).write([named(await put(files, randomBytes(2_500_000)), 1)])
    plain = place('plain')
    sealed = place('sealed')
    await write({ store, files }, plain)
    await write({ store, files }, sealed, passphrase)
  })

  const changed = async (file: string, change: (bytes: Buffer) => Buffer): Promise<string> => {
    const other = place('changed')
    await writeFile(other, change(await readFile(file)))
    return other
  }
  const cases = () => [
    { file: plain, secret: undefined, flips: 40, shares: [0, 0.001, 0.4, 0.9, 0.9999] },
    // Each takes half a second of scrypt.
    { file: sealed, secret: passphrase, flips: 6, shares: [0.4, 0.9999] },
  ]

  it('is known for damaged wherever a bit of it is another', async () => {
    for (const { file, secret, flips } of cases()) {
      const { size } = await stat(file)
      for (let n = 0; n < flips; n += 1) {
        const at = n < 4 ? n * 5 : Math.floor((size * n) / flips)
        const flipped = await changed(file, (bytes) => {
          bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at)
          return bytes
        })
        expect(await failure(verifyBackup(flipped, secret)), `byte ${at}`).to.match(
          /damaged|cut short|passphrase/,
        )
        await rm(flipped)
      }
    }
  })

  it('is known for cut short wherever it ends, and nothing is restored from it', async () => {
    for (const { file, secret, shares } of cases()) {
      const { size } = await stat(file)
      for (const share of shares) {
        const cut = await changed(file, (bytes) => bytes.subarray(0, Math.floor(size * share)))
        expect(await failure(verifyBackup(cut, secret)), String(share)).to.match(/damaged|cut short/)
        await using to = await embeddedPlace()
        await using store = await to.open()
        await failure(putBack(cut, { store, files: place('files'), ...(secret && { passphrase: secret }) }))
        expect(await store.list()).to.deep.equal([])
      }
    }
  })

  it('tells nothing without the passphrase', async () => {
    expect((await readFile(sealed)).includes('the winner')).to.equal(false)
    expect(await failure(verifyBackup(sealed, undefined))).to.include('is encrypted')
    expect(await failure(verifyBackup(sealed, `${passphrase}!`))).to.include('not the one')
    expect((await verifyBackup(sealed, passphrase)).manifest.files).to.equal(1)
  })

  it('replaces no file, and leaves nothing where its making fails', async () => {
    const before = sha256(await readFile(plain))
    await using from = await embeddedPlace()
    await using store = await from.open()
    await fill(store, 1)
    await using files = await openDiskStorage({ directory: place('files') })
    expect(await failure(write({ store, files }, plain))).to.include('is there already')
    expect(sha256(await readFile(plain))).to.equal(before)
    const out = place('broken')
    const frames = (async function* () {
      yield* backupFrames({ store, files, now: Date.now })
      throw new Error('the server died')
    })()
    const check = () => Promise.resolve()
    const asked = writeArchive({ file: out, frames, passphrase: undefined, check, onBytes: () => undefined })
    expect(await failure(asked)).to.equal('the server died')
    expect((await readdir(directory)).filter((name) => name.startsWith(path.basename(out)))).to.deep.equal([])
  })
})

describe('A backup beside a running server', () => {
  const cli = (env: Record<string, string>, ...args: string[]) =>
    spawn(process.execPath, ['--import', 'tsx', 'server/cli/cli.ts', ...args], {
      env: { ...process.env, COUCHDB_URL: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const ended = async (child: ReturnType<typeof cli>): Promise<{ code: number | null; said: string }> => {
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, said }
  }

  it('is one moment of it while it is written to; killed it leaves no backup; restored elsewhere, the server goes on', async function () {
    this.timeout(300_000) // five processes start, one after the other
    await using server = await startServer()
    const group = await server.context.groups.get(1)
    let writing = true
    let written = 0
    const busy = (async () => {
      while (writing) {
        const history = { _id: `history:${written}`, type: 'history' }
        await group.db.write([history])
        await group.db.write([{ _id: `note:${(written += 1) - 1}`, type: 'note' }])
        await pause(20)
      }
    })()
    const first = place('backup')
    const killed = cli({ DATA_DIR: server.dataDir }, 'backup', '--out', first)
    const gone = once(killed, 'close')
    const isThere = async (name: string): Promise<boolean> => (await readdir(directory)).includes(name)
    while (killed.exitCode === null && !(await isThere(`${path.basename(first)}.partial`)));
    killed.kill('SIGKILL')
    await gone
    // Either it came to its end before, or there is nothing under its name.
    if (await isThere(path.basename(first))) await verifyBackup(first, undefined)
    const out = place('backup')
    const { code, said } = await ended(cli({ DATA_DIR: server.dataDir }, 'backup', '--out', out))
    writing = false
    await busy
    expect(code, said).to.equal(0)
    expect(said).to.match(/It holds everything as it was at \d{4}-/)
    const dataDir = place('data')
    const restored = await ended(cli({ DATA_DIR: dataDir }, 'restore', out))
    expect(restored.code, restored.said).to.equal(0)
    await using other = await startServer({ dataDir })
    const { db } = await other.context.groups.get(1)
    const notes = (await db.range({ from: 'note:', to: 'note:\uffff' })).map(({ _id }) => _id.slice(5))
    const history = (await db.range({ from: 'history:', to: 'history:\uffff' })).map(({ _id }) =>
      _id.slice(8),
    )
    expect(notes.length).to.be.greaterThan(0)
    expect(history).to.include.members(notes)
    expect(history.length - notes.length).to.be.lessThan(2)
    expect((await other.signIn('amelia.vet')).headers.ApiUserToken).not.to.equal('undefined')
  })
})
