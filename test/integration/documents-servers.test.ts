/** Two servers over one store and one file storage: an upload begun on one goes on at the other. */
import { expect } from 'chai'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { LeaseLocker } from '../../uploads/tus/lease-locker.ts'
import { startBucket } from '../support/bucket.ts'
import { DocumentClient, photo, sha256, until } from '../support/document-client.ts'
import { openDocumentPractice } from '../support/document-practice.ts'
import { borrowed, startServer, type TestServer } from '../support/server.ts'
import { metadataText, named, sendByTus, tusRequest } from '../support/tus.ts'

/** A second server beside `first`, over its store; files are shared as `share` arranges. */
const beside = async (
  first: TestServer,
  share: { files: boolean; s3Url?: string },
): Promise<{ server: TestServer } & AsyncDisposable> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-second-'))
  if (share.files) await symlink(path.join(first.dataDir, 'files'), path.join(dataDir, 'files'))
  // One secret for all servers: a user signed in at one is known at the others.
  await cp(first.dataDir, dataDir, {
    recursive: true,
    filter: (name) => name === first.dataDir || /secret/.test(name),
  })
  const server = await startServer({
    ...{ dataDir, clock: first.clock, seed: () => Promise.resolve() },
    openStore: () => Promise.resolve(borrowed(first.context.store)),
    ...(share.s3Url === undefined ? {} : { config: { s3Url: share.s3Url } }),
  })
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const goesOn = async (shared: { files: boolean; s3Url?: string }): Promise<void> => {
  const config = shared.s3Url === undefined ? {} : { s3Url: shared.s3Url }
  await using practice = await openDocumentPractice(config)
  await using second = await beside(practice.server, shared)
  const there = await DocumentClient.signIn(second.server, 'amelia.vet')
  const bytes = photo(500_000)
  const metadata = named({ ...practice.fields(), sha256: sha256(bytes) })
  const headers = { 'Upload-Length': '500000', 'Upload-Metadata': metadataText(metadata) }
  const begun = await tusRequest(practice.server, practice.amelia, 'POST', { headers })
  const where = String(begun.headers.get('location'))
  const first = { path: where, body: bytes.subarray(0, 200_000), headers: { 'Upload-Offset': '0' } }
  expect((await tusRequest(practice.server, practice.amelia, 'PATCH', first)).status).to.equal(204)
  const uploadUrl = second.server.url + where
  const { requests } = await sendByTus({ server: second.server, client: there, bytes, metadata, uploadUrl })
  expect(requests).to.deep.equal(['HEAD 200', 'PATCH 204'])
  const content = `/v2/mobile/documents/${String(metadata['clientItemId'])}/content`
  const answer = await fetch(practice.server.url + content, { headers: practice.amelia.tokens })
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).to.equal(sha256(bytes))
}

describe('Uploads over several servers', () => {
  it('go on at another that shares the disk', () => goesOn({ files: true }))

  it('go on at another that shares the bucket', async () => {
    await using bucket = await startBucket()
    await goesOn({ files: false, s3Url: bucket.url })
  })

  describe('locks', () => {
    const lockers = async (leaseMs: number) => {
      const server = await startServer()
      const db = await server.context.store.database('locks')
      const takenOver: string[] = []
      const onTakeOver = (id: string): Promise<void> => {
        takenOver.push(id)
        return Promise.resolve()
      }
      const locked = () => new Error('locked')
      const make = () => new LeaseLocker({ db, leaseMs, patienceMs: 5000, locked, onTakeOver })
      return {
        takenOver,
        db,
        here: make(),
        there: make(),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    }
    const never = new AbortController().signal

    it('are held by one, who is asked to give way', async () => {
      await using over = await lockers(400)
      const { here, there } = over
      const mine = here.newLock('x')
      let asked = false
      await mine.lock(never, () => {
        asked = true
      })
      const theirs = there.newLock('x')
      const waiting = theirs.lock(never, () => undefined)
      await until(async () => Promise.resolve(asked))
      await mine.unlock()
      await waiting
      const late = here.newLock('x')
      const gaveUp = new AbortController()
      gaveUp.abort()
      const refused = await late
        .lock(gaveUp.signal, () => undefined)
        .then(
          () => 'held',
          (error: Error) => error.message,
        )
      expect(refused).to.equal('locked')
      await theirs.unlock()
    })

    it('of a server that died are taken over after a lease', async () => {
      await using over = await lockers(200)
      const { db, there, takenOver } = over
      await db.write([
        { _id: 'lock:x', type: 'lock', holder: 'dead', process: 'dead', beat: 0, wanted: false },
      ])
      const theirs = there.newLock('x')
      await theirs.lock(never, () => undefined)
      await theirs.unlock()
      expect(await db.get('lock:x')).to.equal(undefined)
      expect(takenOver).to.deep.equal(['x'])
      const next = there.newLock('x')
      await next.lock(never, () => undefined)
      await next.unlock()
      expect(takenOver).to.deep.equal(['x'])
    })

    it('are never held by two at once', async () => {
      await using over = await lockers(2000)
      const { here, there } = over
      let inside = 0
      let most = 0
      const turn = async (locker: LeaseLocker): Promise<void> => {
        const lock = locker.newLock('x')
        await lock.lock(never, () => undefined)
        inside += 1
        most = Math.max(most, inside)
        await new Promise(setImmediate)
        inside -= 1
        await lock.unlock()
      }
      await Promise.all(Array.from({ length: 12 }, (_, i) => turn(i % 2 === 0 ? here : there)))
      expect(most).to.equal(1)
    })
  })
})
