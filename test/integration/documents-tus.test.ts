/** Resumable uploads: what tus-js-client gets through a bad network, and what is refused. */
import { expect } from 'chai'
import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { filesOf, photo, sha256, until, type DocumentClient } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { TestServer } from '../support/server.ts'
import { metadataText, named, sendByTus, tusRequest, uploadsPath } from '../support/tus.ts'

describe('Resumable uploads', () => {
  let practice: DocumentPractice
  let server: TestServer
  let amelia: DocumentClient
  before(async () => {
    practice = await openDocumentPractice({ fileLimit: 5_000_000 })
    ;({ server, amelia } = practice)
  })
  after(() => practice[Symbol.asyncDispose]())

  const fields = () => practice.fields()
  const record = async (id: unknown) =>
    await (await server.context.groups.get(1)).db.get(`document:${String(id)}`)
  const stored = async (hash: string) =>
    await readFile(join(server.dataDir, 'files', `group-1/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`))
  const unfinished = async () => (await filesOf(server)).filter((path) => !path.startsWith('group-'))
  /** Begins an upload and returns its path. */
  const begin = async (length: number, metadata = named(fields()), client = amelia): Promise<string> => {
    const headers = { 'Upload-Length': String(length), 'Upload-Metadata': metadataText(metadata) }
    const { status, headers: answered } = await tusRequest(server, client, 'POST', { headers })
    expect(status).to.equal(201)
    return String(answered.get('location'))
  }
  const patch = (path: string, offset: number, body: Uint8Array, headers: Record<string, string> = {}) =>
    tusRequest(server, amelia, 'PATCH', {
      path,
      body,
      headers: { 'Upload-Offset': String(offset), ...headers },
    })
  const offsetOf = async (path: string) =>
    (await tusRequest(server, amelia, 'HEAD', { path })).headers.get('upload-offset')

  describe('by tus-js-client', () => {
    it('become the document of their clientItemId, with name, type and checksum', async () => {
      const bytes = photo(300_000)
      const metadata = named({ ...fields(), sha256: sha256(bytes) })
      await sendByTus({ server, client: amelia, bytes, metadata })
      const { clientItemId, title, animalId } = metadata
      const kept = { documentId: clientItemId, title, animalId, sha256: sha256(bytes), size: 300_000 }
      const file = { fileName: 'wound.jpg', contentType: 'image/jpeg' }
      expect(await record(clientItemId)).to.include({ ...kept, ...file })
      expect(await stored(sha256(bytes))).to.deep.equal(bytes)
      expect(await unfinished()).to.deep.equal([])
    })

    it('go on where the connection was cut, also over a restart of the client', async () => {
      const bytes = photo(2_000_000)
      const metadata = named(fields())
      const path = await begin(bytes.length, metadata)
      for (const upTo of [700_000, 1_400_000]) {
        const offset = Number(await offsetOf(path))
        await cutAfter(path, offset, bytes.subarray(offset, upTo), bytes.length - offset)
      }
      const arrived = Number(await offsetOf(path))
      expect(arrived).to.be.within(1_200_000, 1_400_000)
      const { requests } = await sendByTus({
        server,
        client: amelia,
        bytes,
        metadata,
        uploadUrl: server.url + path,
      })
      expect(requests).to.deep.equal(['HEAD 200', 'PATCH 204'])
      expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes), size: 2_000_000 })
    })

    it('go on though the former connection still hangs, and what comes late on that changes nothing', async () => {
      await using proxy = await FaultProxy.open(server.url)
      const bytes = photo(1_000_000)
      const metadata = named({ ...fields(), sha256: sha256(bytes) })
      const path = await begin(bytes.length, metadata)
      const headers = {
        ...amelia.tokens,
        ...{ 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Length': String(bytes.length) },
        'Content-Type': 'application/offset+octet-stream',
      }
      const stalled = proxy.stall('up', 400_000)
      const hanging = httpRequest(proxy.url + path, { method: 'PATCH', headers })
      hanging.on('error', () => undefined)
      hanging.end(bytes)
      await stalled
      const uploadUrl = server.url + path
      const { requests } = await sendByTus({ server, client: amelia, bytes, metadata, uploadUrl })
      expect(requests).to.deep.equal(['HEAD 200', 'PATCH 204'])
      proxy.resume()
      expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes) })
      expect(await stored(sha256(bytes))).to.deep.equal(bytes)
      expect(await unfinished()).to.deep.equal([])
      hanging.destroy()
    })

    it('in several parts at once, joined in order', async () => {
      const bytes = photo(900_001)
      const metadata = named({ ...fields(), sha256: sha256(bytes) })
      await sendByTus({ server, client: amelia, bytes, metadata, parallelUploads: 3 })
      expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes), size: 900_001 })
      expect(await unfinished()).to.deep.equal([])
    })

    it('in parts, of which each may be given up until they are joined, and none added to after it', async () => {
      const part = async (bytes: Uint8Array) => {
        const headers = { 'Upload-Length': String(bytes.length), 'Upload-Concat': 'partial' }
        const { headers: answered } = await tusRequest(server, amelia, 'POST', { headers, body: bytes })
        return String(answered.get('location'))
      }
      const remove = (path: string) => tusRequest(server, amelia, 'DELETE', { path })
      expect((await remove(await part(photo(1000)))).status).to.equal(204)
      expect(await unfinished()).to.deep.equal([])
      const parts = [await part(photo(1000)), await part(photo(500))]
      const headers = {
        'Upload-Concat': `final;${parts.join(' ')}`,
        'Upload-Metadata': metadataText(named(fields())),
      }
      const joined = await tusRequest(server, amelia, 'POST', { headers })
      const path = String(joined.headers.get('location'))
      const more = await patch(path, 1500, photo(10))
      expect([more.status, more.body['code']]).to.deep.equal([403, 'UPLOAD_JOINED'])
      for (const whole of [path, ...parts])
        expect((await remove(whole)).body['code']).to.equal('UPLOAD_FINISHED')
    })

    it('by POST alone, where something on the way lets no PATCH through', async () => {
      const bytes = photo(100_000)
      const metadata = named(fields())
      const options = { server, client: amelia, bytes, metadata, overridePatchMethod: true }
      expect((await sendByTus({ ...options, chunkSize: 60_000 })).requests).to.deep.equal([
        'POST 201',
        'POST 204',
        'POST 204',
      ])
      expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes) })
    })

    it('with a checksum for each request, and a length told at the end', async () => {
      const bytes = photo(250_000)
      const metadata = named(fields())
      const chunkSize = 100_000
      let at = 0
      await sendByTus({
        ...{ server, client: amelia, bytes, metadata, chunkSize, uploadLengthDeferred: true },
        onBeforeRequest: (request) => {
          if (request.getMethod() !== 'PATCH') return
          const digest = createHash('sha256')
            .update(bytes.subarray(at, at + chunkSize))
            .digest('base64')
          request.setHeader('Upload-Checksum', `sha256 ${digest}`)
          at += chunkSize
        },
      })
      expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes) })
    })
  })

  /** Sends a part of what it announces and cuts the connection. */
  const cutAfter = (path: string, offset: number, bytes: Uint8Array, announced: number): Promise<void> =>
    new Promise((resolve) => {
      const headers = {
        ...amelia.tokens,
        ...{ 'Tus-Resumable': '1.0.0', 'Upload-Offset': offset, 'Content-Length': announced },
        'Content-Type': 'application/offset+octet-stream',
      }
      const request = httpRequest(server.url + path, { method: 'PATCH', headers })
      request.on('error', () => undefined)
      request.on('close', () => resolve())
      request.write(bytes)
      const id = path.split('/').at(-1) ?? ''
      const held = async () => (await server.context.files.partials.size({ groupId: 1, id })) ?? 0
      void until(async () => (await held()) >= offset + bytes.length - 100_000).then(() => request.destroy())
    })

  it('are described to clients that ask, as the protocol has it', async () => {
    const { status, headers } = await tusRequest(server, undefined, 'OPTIONS')
    expect(status).to.equal(204)
    expect(headers.get('tus-version')).to.equal('1.0.0')
    for (const extension of ['creation', 'checksum', 'expiration', 'termination', 'concatenation'])
      expect(headers.get('tus-extension')).to.contain(extension)
    expect(headers.get('tus-checksum-algorithm')).to.contain('sha1')
    expect(headers.get('tus-max-size')).to.equal('5000000')
    const path = await begin(1000)
    const head = await tusRequest(server, amelia, 'HEAD', { path })
    expect(head.headers.get('upload-length')).to.equal('1000')
    expect(head.headers.get('upload-metadata')).to.contain('filename ')
    expect(Date.parse(String(head.headers.get('upload-expires')))).to.be.greaterThan(server.clock.now)
    expect((await tusRequest(server, amelia, 'GET', { path })).body).to.include({ offset: 0, length: 1000 })
    expect((await tusRequest(server, amelia, 'DELETE', { path })).status).to.equal(204)
  })

  it('can bring their bytes along with the creation', async () => {
    const bytes = photo(5000)
    const metadata = named(fields())
    const headers = { 'Upload-Length': '5000', 'Upload-Metadata': metadataText(metadata) }
    const { status, headers: answered } = await tusRequest(server, amelia, 'POST', { headers, body: bytes })
    expect([status, answered.get('upload-offset')]).to.deep.equal([201, '5000'])
    expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes) })
    const { body } = await tusRequest(server, amelia, 'GET', { path: String(answered.get('location')) })
    expect(body).to.include({ offset: 5000, documentId: metadata['clientItemId'] })
  })

  it('are finished by the next question where the last answer was lost', async () => {
    const bytes = photo(5000)
    const metadata = named(fields())
    const path = await begin(5000, metadata)
    await patch(path, 0, bytes.subarray(0, 4000))
    // The last bytes are there, and the server died before it made a document of them.
    const id = path.split('/').at(-1) ?? ''
    const rest = { async *[Symbol.asyncIterator]() { yield bytes.subarray(4000) } } // prettier-ignore
    await server.context.files.partials.append({ groupId: 1, id }, 4000, rest)
    expect(await record(metadata['clientItemId'])).to.equal(undefined)
    expect(await offsetOf(path)).to.equal('5000')
    expect(await record(metadata['clientItemId'])).to.include({ sha256: sha256(bytes) })
    expect(await unfinished()).to.deep.equal([])
  })

  it('are one document when the same file comes by both roads', async () => {
    const bytes = photo(3000)
    const sent = fields()
    expect((await amelia.upload(sent, { bytes })).status).to.equal(201)
    await sendByTus({ server, client: amelia, bytes, metadata: named(sent) })
    expect((await record(sent['clientItemId']))?.['_rev']).to.match(/^1-/)
  })

  describe('belong to their user:', () => {
    it('for others, and without a token, they do not exist', async () => {
      const path = await begin(1000)
      for (const method of ['HEAD', 'GET', 'DELETE'])
        expect((await tusRequest(server, practice.ben, method, { path })).status).to.equal(404)
      const body = photo(1000)
      const headers = { 'Upload-Offset': '0' }
      expect((await tusRequest(server, practice.ben, 'PATCH', { path, body, headers })).status).to.equal(404)
      expect((await tusRequest(server, undefined, 'HEAD', { path })).status).to.equal(401)
      const part = { 'Upload-Concat': `final;${path}`, 'Upload-Metadata': metadataText(named(fields())) }
      expect((await tusRequest(server, practice.ben, 'POST', { headers: part })).body['code']).to.equal(
        'NOT_FOUND',
      )
      expect(await offsetOf(path)).to.equal('0')
      await tusRequest(server, amelia, 'DELETE', { path })
    })
  })

  describe('refuse, and keep nothing of', () => {
    const refusedAt = async (send: () => ReturnType<typeof patch>, status: number, code: string) =>
      await practice.refused(send, status, code)

    it('a creation that could never become a document', async () => {
      const bad: [Record<string, string>, string, number, string][] = [
        [named({ ...fields(), animalId: 'x' }), '10', 400, 'INVALID_REQUEST'],
        [named(fields(), '../../etc/passwd'), '10', 422, 'FILE_NAME_REFUSED'],
        [named(fields(), 'photo.jpg.exe'), '10', 422, 'FILE_NAME_REFUSED'],
        [named(fields(), ''), '10', 400, 'INVALID_REQUEST'],
        [named({ ...fields(), clientId: randomUUID() }), '10', 422, 'UNKNOWN_REFERENCE'],
        [named(fields()), '0', 422, 'EMPTY_FILE'],
        [named(fields()), '5000001', 413, 'FILE_TOO_LARGE'],
        [named(fields()), '-1', 400, 'INVALID_REQUEST'],
      ]
      for (const [metadata, length, status, code] of bad) {
        const headers = { 'Upload-Length': length, 'Upload-Metadata': metadataText(metadata) }
        await refusedAt(() => tusRequest(server, amelia, 'POST', { headers }), status, code)
      }
    })

    it('what is not the protocol', async () => {
      const path = await begin(1000)
      const bytes = photo(1000)
      await refusedAt(
        () => patch(path, 0, bytes, { 'Tus-Resumable': '0.2.2' }),
        412,
        'TUS_VERSION_UNSUPPORTED',
      )
      await refusedAt(() => patch(path, 10, bytes), 409, 'UPLOAD_OFFSET_MISMATCH')
      await refusedAt(
        () => patch(path, 0, bytes, { 'Content-Type': 'image/jpeg' }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      )
      await refusedAt(() => patch(path, 0, photo(1001)), 413, 'FILE_TOO_LARGE')
      await refusedAt(() => patch(path, 0, bytes, { 'Upload-Checksum': 'crc32 x' }), 400, 'INVALID_REQUEST')
      await refusedAt(() => patch(`${uploadsPath}/${randomUUID()}`, 0, bytes), 404, 'NOT_FOUND')
      const { headers } = await patch(path, 10, bytes)
      expect(headers.get('tus-resumable')).to.equal('1.0.0')
      await tusRequest(server, amelia, 'DELETE', { path })
    })

    it('the bytes of a request that are not those of its checksum, but what came before', async () => {
      const bytes = photo(2000)
      const path = await begin(2000)
      await patch(path, 0, bytes.subarray(0, 1000))
      const digest = createHash('sha1').update('other').digest('base64')
      const headers = { 'Upload-Checksum': `sha1 ${digest}` }
      await refusedAt(() => patch(path, 1000, bytes.subarray(1000), headers), 460, 'CHUNK_CHECKSUM_MISMATCH')
      expect(await offsetOf(path)).to.equal('1000')
      expect((await patch(path, 1000, bytes.subarray(1000))).status).to.equal(204)
    })

    it('a beginning whose bytes are not those of its checksum, or more than it says', async () => {
      const begun = (headers: Record<string, string>) => () =>
        tusRequest(server, amelia, 'POST', {
          headers: { 'Upload-Length': '1000', 'Upload-Metadata': metadataText(named(fields())), ...headers },
          body: photo(1001),
        })
      const digest = createHash('md5').update('other').digest('base64')
      const checksum = { 'Upload-Checksum': `md5 ${digest}` }
      await refusedAt(begun({ ...checksum, 'Upload-Length': '1001' }), 460, 'CHUNK_CHECKSUM_MISMATCH')
      await refusedAt(begun({}), 413, 'FILE_TOO_LARGE')
    })

    it('a whole that is not what its sender said, nor anything of it afterwards', async () => {
      const bytes = photo(2000)
      const wrong = named({ ...fields(), sha256: sha256(Buffer.from('x')) })
      const path = await begin(2000, wrong)
      const answer = await patch(path, 0, bytes)
      expect([answer.status, answer.body['code']]).to.deep.equal([422, 'CHECKSUM_MISMATCH'])
      expect((await tusRequest(server, amelia, 'HEAD', { path })).status).to.equal(404)
      expect(await unfinished()).to.deep.equal([])
      const kind = await patch(await begin(2000, named(fields(), 'x.pdf', 'application/pdf')), 0, bytes)
      expect(kind.body['code']).to.equal('CONTENT_TYPE_MISMATCH')
      expect(await unfinished()).to.deep.equal([])
    })

    it('what is larger than the group wants, while it arrives', async () => {
      const { tokens } = await practice.signIn('gita.groupadmin')
      const set = (fileLimit: number | null) =>
        server.request('/v2/mobile/documents/settings', {
          method: 'PUT',
          json: { fileLimit },
          headers: tokens,
        })
      await set(100_000)
      const headers = { 'Upload-Defer-Length': '1', 'Upload-Metadata': metadataText(named(fields())) }
      const begun = await tusRequest(server, amelia, 'POST', { headers })
      const path = String(begun.headers.get('location'))
      const told = { 'Upload-Length': '200000' }
      await refusedAt(() => patch(path, 0, photo(1000), told), 413, 'FILE_TOO_LARGE')
      const open = amelia.open(fields())
      await open.send(photo(50_000), 10)
      expect((await open.answer).body['code']).to.equal('FILE_TOO_LARGE')
      open.request.destroy()
      await set(null)
      await tusRequest(server, amelia, 'DELETE', { path })
    })

    it('what nobody came back for in seven days', async () => {
      const path = await begin(2000)
      await patch(path, 0, photo(1000))
      server.clock.now += 8 * 86_400_000
      practice.amelia = amelia = await practice.signIn('amelia.vet')
      expect((await tusRequest(server, amelia, 'GET', { path })).body['code']).to.equal('UPLOAD_EXPIRED')
      expect(await server.context.uploads.sweep(server.clock.now)).to.be.greaterThan(0)
      expect(await unfinished()).to.deep.equal([])
      expect((await tusRequest(server, amelia, 'GET', { path })).body['code']).to.equal('NOT_FOUND')
    })
  })
})
