/** What is thrown away in time: nothing that a document names, nothing that is on its way. */
import { expect } from 'chai'
import { Readable } from 'node:stream'
import { sweepDocuments } from '../../server/services/documents/sweep.ts'
import { filesOf, photo, sha256 } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'

const dayMs = 86_400_000

describe('The sweeper of documents', () => {
  let practice: DocumentPractice
  beforeEach(async () => {
    practice = await openDocumentPractice()
  })
  afterEach(() => practice[Symbol.asyncDispose]())

  const stray = async (bytes: Buffer) =>
    await (await practice.server.context.files.stage(1, Readable.from([bytes]))).commit()
  const sweep = async (days: number) => {
    practice.server.clock.now += days * dayMs
    return await sweepDocuments(practice.server.context)
  }
  const holds = async (bytes: Buffer) =>
    (await filesOf(practice.server)).some((path) => path.endsWith(sha256(bytes)))
  const upload = async (bytes: Buffer, category = 'photo') => {
    const sent = practice.fields({ category })
    expect((await practice.amelia.upload(sent, { bytes })).status).to.equal(201)
    return `/v2/mobile/documents/${String(sent['clientItemId'])}`
  }
  const call = async (path: string, method = 'GET', json?: object) => {
    const amelia = await practice.signIn('amelia.vet')
    const body = json ? { json } : {}
    return await practice.server.request(path, { method, headers: amelia.tokens, ...body })
  }

  it('takes a file that no document names, but only after a day', async () => {
    const bytes = photo(100)
    await stray(bytes)
    expect((await sweep(0)).files).to.equal(0)
    expect(await holds(bytes)).to.equal(true)
    expect((await sweep(1.1)).files).to.equal(1)
    expect(await holds(bytes)).to.equal(false)
  })

  it('leaves what a document names, removed ones and older files too', async () => {
    const [one, two, three] = [photo(100), photo(200), photo(300)]
    const path = await upload(one)
    const form = new FormData()
    form.set('file', new File([two], 'newer.jpg', { type: 'image/jpeg' }))
    await fetch(`${practice.server.url}${path}/versions`, {
      method: 'POST',
      headers: practice.amelia.tokens,
      body: form,
    })
    await call(await upload(three), 'DELETE')
    expect((await sweep(400)).files).to.equal(0)
    for (const bytes of [one, two, three]) expect(await holds(bytes)).to.equal(true)
  })

  it('counts the grace from the last commit: bytes that came again are not old', async () => {
    const bytes = photo(100)
    const address = await stray(bytes)
    practice.server.clock.now += 1.1 * dayMs
    await stray(bytes)
    const { files } = practice.server.context
    expect(await files.removeOlder(address, Date.now() - 1000)).to.equal(false)
    expect(await holds(bytes)).to.equal(true)
  })

  it('ends the keeping of a category: the record stays, files and pictures go', async () => {
    const gita = await practice.signIn('gita.groupadmin')
    const json = { retentionDays: { passport: 30 } }
    await practice.server.request('/v2/mobile/documents/settings', {
      method: 'PUT',
      json,
      headers: gita.tokens,
    })
    const [passport, removed, other] = [photo(100), photo(200), photo(300)]
    const path = await upload(passport, 'passport')
    const removedPath = await upload(removed, 'passport')
    await call(removedPath, 'DELETE')
    const otherPath = await upload(other)
    expect((await sweep(29)).documents).to.equal(0)
    expect(await sweep(2)).to.include({ documents: 2, files: 2 })
    expect(await sweep(1)).to.include({ documents: 0, files: 0 })
    expect([await holds(passport), await holds(removed), await holds(other)]).to.deep.equal([
      false,
      false,
      true,
    ])
    expect((await call(path)).status).to.equal(404)
    const back = await call(`${path}/restore`, 'POST')
    expect([back.status, back.body['code']]).to.deep.equal([409, 'DOCUMENT_PURGED'])
    expect((await call(otherPath)).status).to.equal(200)
    const { body } = await call('/v2/mobile/documents?removed=true')
    expect((body['items'] as object[]).length).to.equal(2)
  })
})
