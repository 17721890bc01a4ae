/** uploadDocument while the bytes are on their way. */
import { expect } from 'chai'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  filesOf,
  formOf,
  photo,
  sha256,
  until,
  type DocumentClient,
  type Fields,
} from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import type { TestServer } from '../support/server.ts'

const megabyte = 2 ** 20
const fileLimit = 250 * megabyte

describe('uploadDocument streams', () => {
  let practice: DocumentPractice
  let server: TestServer
  let amelia: DocumentClient
  before(async () => {
    practice = await openDocumentPractice({ fileLimit })
    ;({ server, amelia } = practice)
  })
  after(() => practice[Symbol.asyncDispose]())

  const fields = (more?: Fields) => practice.fields(more)
  const refused: DocumentPractice['refused'] = (...expected) => practice.refused(...expected)
  const chunk = Buffer.concat([photo(20), Buffer.alloc(megabyte - 20, 7)])
  const arriving = async () => (await filesOf(server)).find((path) => path.startsWith('incoming'))
  const arrived = async () =>
    (await stat(join(server.dataDir, 'files', (await arriving()) ?? '')).catch(() => undefined))?.size ?? 0

  it('bytes to the disk while the request is still open', async () => {
    const upload = amelia.open(fields())
    await upload.send(chunk)
    await until(async () => (await arrived()) > megabyte / 2)
    upload.end()
    expect((await upload.answer).body).to.include({ size: megabyte, sha256: sha256(chunk) })
  })

  it('nothing to keep when the sender goes away in the middle', async () => {
    const held = await filesOf(server)
    const upload = amelia.open(fields())
    await upload.send(chunk)
    await until(async () => (await arrived()) > 0)
    upload.request.destroy()
    await until(async () => (await arriving()) === undefined)
    expect(await filesOf(server)).to.have.members(held)
    expect(server.logged.filter((line) => line.includes('"level":50'))).to.deep.equal([])
  })

  it('200 MB through a small part of that in memory', async () => {
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)), 5)
    const upload = amelia.open(fields())
    await upload.send(chunk, 200)
    upload.end()
    expect((await upload.answer).body).to.include({ size: 200 * megabyte })
    clearInterval(watch)
    expect(peak / megabyte).to.be.lessThan(100)
  })

  it('an answer to a file over the limit before the sender has sent it all', () =>
    refused(
      async () => {
        const upload = amelia.open(fields())
        await upload.send(chunk, 100_000)
        const answer = await upload.answer
        upload.request.destroy()
        return answer
      },
      413,
      'FILE_TOO_LARGE',
    ))

  it('an answer to what says beforehand that it is over the limit, before any byte of it', () =>
    refused(
      async () => {
        const upload = amelia.open(fields(), { 'Content-Length': String(fileLimit + megabyte) })
        const answer = await upload.answer
        upload.request.destroy()
        return answer
      },
      413,
      'FILE_TOO_LARGE',
    ))
})

describe('uploadDocument of a file about as large as may be', () => {
  const limit = 200_000
  let practice: DocumentPractice
  before(async () => {
    practice = await openDocumentPractice({ fileLimit: limit })
  })
  after(() => practice[Symbol.asyncDispose]())

  const form = (size: number, fileFirst: boolean) =>
    formOf(practice.fields(), [{ bytes: Buffer.concat([photo(20), Buffer.alloc(size - 20, 7)]) }], fileFirst)

  for (const [place, fileFirst] of [
    ['first', true],
    ['last', false],
  ] as const) {
    it(`takes one of just the limit, the file ${place}`, async () =>
      expect((await practice.amelia.post(form(limit, fileFirst))).status).to.equal(201))

    it(`says that a little more is too large, the file ${place}`, async () => {
      for (const more of [1, 2, 100, 50_000])
        for (let times = 0; times < 5; times += 1) {
          const send = () => practice.amelia.post(form(limit + more, fileFirst))
          expect(await practice.refused(send, 413, 'FILE_TOO_LARGE')).to.deep.equal(['file'])
        }
    })
  }
})
