/** uploadDocument over HTTP: what it keeps, what it refuses, and that a refusal leaves nothing on disk. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  filesOf,
  formOf,
  formType,
  photo,
  sha256,
  type DocumentClient,
  type Fields,
} from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import type { TestServer } from '../support/server.ts'

describe('uploadDocument', () => {
  let practice: DocumentPractice
  let server: TestServer
  let amelia: DocumentClient
  before(async () => {
    practice = await openDocumentPractice()
    ;({ server, amelia } = practice)
  })
  after(() => practice[Symbol.asyncDispose]())

  const fields = (more?: Fields) => practice.fields(more)
  const refused: DocumentPractice['refused'] = (...expected) => practice.refused(...expected)
  const pathOf = (hash: string) => `group-1/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`
  const record = async (id: string) => await (await server.context.groups.get(1)).db.get(`document:${id}`)

  describe('keeps', () => {
    it('the bytes under their SHA-256, then the record, and answers with both', async () => {
      const bytes = photo(50_000)
      const sent = fields({ sha256: sha256(bytes) })
      const answer = await amelia.upload(sent, { bytes })
      const file = { sha256: sha256(bytes), size: 50_000, contentType: 'image/jpeg' }
      expect(answer.body).to.deep.equal({ documentId: sent['clientItemId'], ...file })
      expect(answer.status).to.equal(201)
      expect(await readFile(join(server.dataDir, 'files', pathOf(file.sha256)))).to.deep.equal(bytes)
      const { clientItemId, animalId, title, category } = sent
      const data = {
        clientItemId,
        documentId: clientItemId,
        animalId,
        title,
        category,
        fileName: 'x-ray.jpg',
      }
      expect(await record(String(clientItemId))).to.include({ ...data, ...file, clientId: practice.clientId })
    })

    it('a form whose fields come after the file, or are left empty', async () => {
      const bytes = photo(300_000)
      const sent = fields({ clientId: '', appointmentId: '' })
      const answer = await amelia.post(formOf(sent, [{ bytes }], true))
      expect(answer.body).to.include({ sha256: sha256(bytes), size: 300_000 })
    })

    it('a form that comes compressed', async () => {
      const bytes = Buffer.alloc(200_000, 'Bramble')
      const form = gzipSync(formOf(fields(), [{ bytes, type: 'text/plain' }]))
      const answer = await amelia.post(form, { 'Content-Encoding': 'gzip' })
      expect(answer.body).to.include({ sha256: sha256(bytes), size: 200_000 })
    })

    it('one record and one file of the same upload sent again, and of two at once (I3)', async () => {
      const bytes = photo(1000)
      const sent = fields()
      const both = await Promise.all([1, 2].map(() => amelia.upload(sent, { bytes })))
      const again = await amelia.upload(sent, { bytes, name: 'x-ray (1).jpg', type: 'image/pjpeg' })
      for (const { status, body } of [...both, again])
        expect({ status, body }).to.deep.equal({ status: 201, body: both[0]?.body })
      expect((await record(String(sent['clientItemId'])))?.['_rev']).to.match(/^1-/)
      expect((await filesOf(server)).filter((path) => path.includes(sha256(bytes)))).to.have.length(1)
    })

    it('one file for two documents of the same bytes', async () => {
      const bytes = photo(1000)
      for (const title of ['Left', 'Right'])
        expect((await amelia.upload(fields({ title }), { bytes })).status).to.equal(201)
      expect((await filesOf(server)).filter((path) => path.includes(sha256(bytes)))).to.have.length(1)
    })

    it('an odd file name only as far as it is a name', async () => {
      const names: [string, string][] = [
        ['/home/amelia/scan.pdf.txt', 'scan.pdf.txt'],
        ['C:\\\\fakepath\\\\évidence.txt', 'évidence.txt'],
        ['a%0D%0ASet-Cookie: x=1.pdf', 'aSet-Cookie: x=1.pdf'],
        ['gpj.\u202etxe\u0085.jpg', 'gpj.txe.jpg'],
        ['cafe\u0301.pdf', 'caf\u00e9.pdf'],
        [`${'\u{1f434}'.repeat(300)}.jpeg`, `${'\u{1f434}'.repeat(97)}.jpeg`],
      ]
      for (const [name, kept] of names) {
        const sent = fields()
        const file = { bytes: Buffer.from(name), name, type: 'text/plain' }
        expect((await amelia.upload(sent, file)).status, name).to.equal(201)
        expect((await record(String(sent['clientItemId'])))?.['fileName']).to.equal(kept)
      }
    })

    it('the content type that the bytes have, where the sender does not know it', async () => {
      const files: [Buffer, string, string][] = [
        [photo(100), 'IMAGE/JPG; charset=x', 'image/jpeg'],
        [photo(100), 'application/octet-stream', 'image/jpeg'],
        [Buffer.from('Bramble; 3; 12'), 'text/csv', 'text/csv'],
        [Buffer.from('Bramble'), `image/${'x'.repeat(150)}`, 'text/plain'],
        [Buffer.from([0, 1, 2, 255]), 'application/octet-stream', 'application/octet-stream'],
      ]
      for (const [bytes, type, kept] of files) {
        const { body } = await amelia.upload(fields(), { bytes, type })
        expect(body['contentType']).to.equal(kept)
      }
    })
  })

  describe('refuses, and leaves nothing of', () => {
    const bytes = photo(2000)

    it('bytes that are not those of the checksum', () =>
      refused(
        () => amelia.upload(fields({ sha256: sha256(Buffer.from('x')) }), { bytes }),
        422,
        'CHECKSUM_MISMATCH',
      ).then((paths) => expect(paths).to.deep.equal(['sha256'])))

    it('a checksum that is not written as one, in plain words', async () => {
      const { status, body } = await amelia.upload(fields({ sha256: sha256(bytes).toUpperCase() }), { bytes })
      const errors = [{ path: 'sha256', message: 'must be 64 lower-case hex digits' }]
      expect([status, body['errors']]).to.deep.equal([400, errors])
    })

    it('an empty file', async () =>
      expect(
        await refused(() => amelia.upload(fields(), { bytes: Buffer.of() }), 422, 'EMPTY_FILE'),
      ).to.deep.equal(['file']))

    it('a form that is not as described, all faults at once', async () => {
      const bad = { clientItemId: 'X', animalId: undefined, title: '', category: 'c'.repeat(81), extra: 'x' }
      const paths = await refused(() => amelia.post(formOf(bad, [])), 400, 'INVALID_REQUEST')
      expect(paths).to.have.members(['clientItemId', 'animalId', 'title', 'category', 'extra', 'file'])
    })

    it('two files, or a field that is too long', async () => {
      await refused(() => amelia.post(formOf(fields(), [{ bytes }, { bytes }])), 400, 'INVALID_REQUEST')
      const long = fields({ title: 't'.repeat(20_000) })
      expect(await refused(() => amelia.upload(long, { bytes }), 400, 'INVALID_REQUEST')).to.deep.equal([
        'title',
      ])
    })

    it('what is no form, or one without an end', async () => {
      const whole = formOf(fields(), [{ bytes }])
      await refused(() => amelia.post(whole.subarray(0, 1500)), 400, 'INVALID_REQUEST')
      await refused(() => amelia.post(Buffer.from('{}')), 400, 'INVALID_REQUEST')
      const json = { 'Content-Type': 'application/json' }
      await refused(() => amelia.post(Buffer.from('{}'), json), 415, 'UNSUPPORTED_MEDIA_TYPE')
      const encoding = (name: string) => ({ 'Content-Type': formType, 'Content-Encoding': name })
      await refused(() => amelia.post(whole, encoding('zstd')), 415, 'UNSUPPORTED_ENCODING')
      await refused(() => amelia.post(whole, encoding('gzip')), 400, 'INVALID_REQUEST')
    })

    it('a client that is unknown, or an animal of a site that is not the user’s', async () => {
      const unknown = fields({ clientId: randomUUID() })
      const paths = await refused(() => amelia.upload(unknown, { bytes }), 422, 'UNKNOWN_REFERENCE')
      expect(paths).to.deep.equal(['clientId'])
      const other = fields({ animalId: practice.elsewhere })
      await refused(() => practice.ben.upload(other, { bytes }), 403, 'SITE_NOT_ALLOWED')
      expect((await amelia.upload(other, { bytes })).status).to.equal(201)
    })

    it('other bytes under a clientItemId that is taken', async () => {
      const sent = fields()
      expect((await amelia.upload(sent, { bytes: photo(20) })).status).to.equal(201)
      await refused(() => amelia.upload(sent, { bytes: photo(20) }), 409, 'CLIENT_ITEM_ID_IN_USE')
    })
  })
})
