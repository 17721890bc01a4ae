/** Documents' bytes: whole, in part, on conditions, as a small picture, and never run by a browser. */
import { parse as parseDisposition } from 'content-disposition'
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { photo, sha256, type SentFile } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import { pdf, picture } from '../support/pictures.ts'

const hasPdftoppm = (): boolean => {
  try {
    execFileSync('pdftoppm', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('A document’s content', () => {
  let practice: DocumentPractice
  before(async () => {
    practice = await openDocumentPractice()
  })
  after(() => practice[Symbol.asyncDispose]())

  const upload = async (file: SentFile): Promise<string> => {
    const sent = practice.fields()
    expect((await practice.amelia.upload(sent, file)).status).to.equal(201)
    return `/v2/mobile/documents/${String(sent['clientItemId'])}`
  }
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const all = { ...practice.amelia.tokens, ...headers }
    const response = await fetch(practice.server.url + path, { method, headers: all })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, bytes }
  }
  const code = ({ bytes }: { bytes: Buffer }): unknown =>
    (JSON.parse(bytes.toString()) as { code: string }).code

  it('comes as it was sent, as an attachment that no browser runs', async () => {
    const bytes = photo(5000)
    const path = await upload({ bytes })
    const { status, headers, bytes: got } = await get(`${path}/content`)
    expect(status).to.equal(200)
    expect(got).to.deep.equal(bytes)
    expect(headers.get('etag')).to.equal(`"${sha256(bytes)}"`)
    expect(headers.get('content-type')).to.equal('image/jpeg')
    expect(headers.get('content-length')).to.equal('5000')
    expect(headers.get('x-content-type-options')).to.equal('nosniff')
    expect(headers.get('content-disposition')).to.equal('attachment; filename=x-ray.jpg')
    expect(headers.get('content-security-policy')).to.contain('sandbox').and.to.contain("default-src 'none'")
    const head = await get(`${path}/content`, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).to.deep.equal([
      200,
      '5000',
      0,
    ])
  })

  it('has a name that any client reads, whatever it is', async () => {
    for (const name of [
      'Röntgen – links.jpg',
      'a; filename=evil.exe".jpg',
      '\u{1f434} 100%25.jpg',
      "l'os.jpg",
    ]) {
      const path = await upload({ bytes: photo(100), name: name.replace(/"/g, '%22') })
      const header = String((await get(`${path}/content`)).headers.get('content-disposition'))
      expect(header).to.match(/^attachment; filename=/)
      const read = parseDisposition(header, { extended: true })
      expect(String(read.parameters['filename'])).to.equal(name)
    }
  })

  it('comes in parts', async () => {
    const bytes = photo(1000)
    const path = `${await upload({ bytes })}/content`
    const one = async (range: string, more: Record<string, string> = {}) => {
      const { status, headers, bytes: got } = await get(path, { Range: range, ...more })
      return { status, range: headers.get('content-range'), got }
    }
    const part = { status: 206, range: 'bytes 10-19/1000', got: bytes.subarray(10, 20) }
    expect(await one('bytes=10-19')).to.deep.equal(part)
    const end = { status: 206, range: 'bytes 990-999/1000', got: bytes.subarray(990) }
    expect(await one('bytes=-10')).to.deep.equal(end)
    expect(await one('bytes=990-5000')).to.deep.equal(end)
    expect(await one('Bytes=990-')).to.deep.equal(end)
    const all = { status: 206, range: 'bytes 0-999/1000', got: bytes }
    expect(await one('bytes=-5000')).to.deep.equal(all)
    expect((await one('bytes=5-2')).status).to.equal(200)
    const head = await get(path, { Range: 'bytes=10-19' }, 'HEAD')
    expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, '1000'])
    expect((await one('lines=1-2')).status).to.equal(200)
    expect((await one('bytes=x')).status).to.equal(200)
    const none = await get(path, { Range: 'bytes=1000-' })
    expect([none.status, none.headers.get('content-range')]).to.deep.equal([416, 'bytes */1000'])
    const etag = `"${sha256(bytes)}"`
    expect((await one('bytes=10-19', { 'If-Range': etag })).status).to.equal(206)
    expect((await one('bytes=10-19', { 'If-Range': '"other"' })).status).to.equal(200)
  })

  it('comes in several parts at once, each with its place', async () => {
    const bytes = photo(1000)
    const path = `${await upload({ bytes })}/content`
    const { status, headers, bytes: got } = await get(path, { Range: 'bytes=0-9,500-509' })
    expect(status).to.equal(206)
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(String(headers.get('content-type')))?.[1]
    expect(headers.get('content-length')).to.equal(String(got.length))
    const parts = got.toString('latin1').split(`--${String(boundary)}`)
    expect(parts).to.have.length(4)
    expect(parts[1]).to.contain('Content-Range: bytes 0-9/1000')
    expect(parts[2]?.endsWith(`\r\n\r\n${bytes.subarray(500, 510).toString('latin1')}\r\n`)).to.equal(true)
  })

  it('is not sent to whoever has it, nor where a condition fails', async () => {
    const bytes = photo(100)
    const path = `${await upload({ bytes })}/content`
    const etag = `"${sha256(bytes)}"`
    const later = new Date(practice.server.clock.now + 60_000).toUTCString()
    const earlier = new Date(practice.server.clock.now - 3_600_000).toUTCString()
    const cases: [Record<string, string>, number][] = [
      [{ 'If-None-Match': etag }, 304],
      [{ 'If-None-Match': `"x", W/${etag}` }, 304],
      [{ 'If-None-Match': '"x"', 'If-Modified-Since': later }, 200],
      [{ 'If-Modified-Since': later }, 304],
      [{ 'If-Modified-Since': earlier }, 200],
      [{ 'If-Match': etag, 'If-None-Match': etag }, 304],
      [{ 'If-Match': '"x"' }, 412],
      [{ 'If-Match': `W/${etag}` }, 412],
      [{ 'If-Unmodified-Since': earlier }, 412],
      [{ 'If-Match': etag, 'If-Unmodified-Since': earlier }, 200],
      [{ 'If-None-Match': etag, Range: 'bytes=0-1' }, 304],
    ]
    for (const [headers, status] of cases)
      expect((await get(path, headers)).status, JSON.stringify(headers)).to.equal(status)
  })

  it('that is gone from the disk is said to be, and its record stands', async () => {
    const bytes = photo(100)
    const path = await upload({ bytes })
    const hash = sha256(bytes)
    await rm(
      join(practice.server.dataDir, 'files', `group-1/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`),
    )
    for (const call of ['content', 'thumbnail']) {
      const answer = await get(`${path}/${call}`)
      expect([answer.status, code(answer)]).to.deep.equal([503, 'FILE_MISSING'])
    }
    expect((await get(path)).status).to.equal(200)
  })

  describe('as a small picture', () => {
    it('is upright, no larger than asked, and kept by whoever has it', async () => {
      // Taken with the phone turned: what is left in the file is up in the picture.
      const path = await upload({ bytes: await picture({ width: 800, height: 400, orientation: 6 }) })
      const { status, headers, bytes } = await get(`${path}/thumbnail?size=200`)
      expect([status, headers.get('content-type')]).to.deep.equal([200, 'image/jpeg'])
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('content-security-policy')).to.contain('sandbox')
      const { width, height, exif } = await sharp(bytes).metadata()
      expect([width, height, exif]).to.deep.equal([100, 200, undefined])
      const top = await sharp(bytes).extract({ left: 50, top: 10, width: 1, height: 1 }).raw().toBuffer()
      expect([(top[0] ?? 0) > 200, (top[2] ?? 0) < 50]).to.deep.equal([true, true])
      const etag = String(headers.get('etag'))
      expect((await get(`${path}/thumbnail?size=200`, { 'If-None-Match': etag })).status).to.equal(304)
      expect((await get(`${path}/thumbnail?size=200`)).bytes).to.deep.equal(bytes)
      expect(code(await get(`${path}/thumbnail?size=5000`))).to.equal('INVALID_REQUEST')
    })

    it('of a PDF is its first page', async function () {
      if (!hasPdftoppm()) {
        console.log('      skipped: pdftoppm (Debian: poppler-utils) is not on this machine')
        return this.skip()
      }
      const path = await upload({ bytes: pdf(), name: 'consent.pdf', type: 'application/pdf' })
      const { status, bytes } = await get(`${path}/thumbnail?size=300`)
      expect(status).to.equal(200)
      const { width, height } = await sharp(bytes).metadata()
      expect([width, height]).to.deep.equal([300, 200])
      expect((await sharp(bytes).stats()).isOpaque).to.equal(true)
    })

    it('of a PDF is none where the tool is not on the machine, and the log says so once', async () => {
      const path = await upload({ bytes: pdf(), name: 'consent.pdf', type: 'application/pdf' })
      const { PATH } = process.env
      process.env['PATH'] = '/nonexistent'
      try {
        for (const size of [77, 78])
          expect(code(await get(`${path}/thumbnail?size=${size}`))).to.equal('NO_THUMBNAIL')
      } finally {
        process.env['PATH'] = PATH
      }
      expect(practice.server.logged.filter((line) => line.includes('pdftoppm'))).to.have.length(1)
    })

    it('is none of a file that is no picture, or only begins as one', async () => {
      const text = await upload({ bytes: Buffer.from('Bramble'), name: 'note.txt', type: 'text/plain' })
      for (const path of [text, await upload({ bytes: photo(500) })]) {
        const answer = await get(`${path}/thumbnail`)
        expect([answer.status, code(answer)]).to.deep.equal([404, 'NO_THUMBNAIL'])
      }
    })
  })

  describe('of a photograph', () => {
    const place = { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 2643/100', GPSLongitude: '0/1 7/1 3941/100' }
    // 2643/100, as EXIF has it in either order of bytes
    const marks = ['530a000064000000', '00000a5300000064'].map((hex) => Buffer.from(hex, 'hex'))
    const holdsPlace = async (file: Buffer) => {
      const exif = (await sharp(file).metadata()).exif ?? file
      return marks.some((mark) => exif.includes(mark))
    }

    it('does not say where it was taken, but is otherwise as it was', async () => {
      const bytes = await picture({ exif: { IFD0: { Make: 'Phone' }, IFD3: place } })
      expect(await holdsPlace(bytes), 'the picture has a place to begin with').to.equal(true)
      const path = await upload({ bytes })
      const { bytes: got, headers } = await get(`${path}/content`)
      expect(await holdsPlace(got)).to.equal(false)
      expect(got.length).to.equal(bytes.length)
      expect((await sharp(got).metadata()).exif?.includes('Phone')).to.equal(true)
      expect(await sharp(got).raw().toBuffer()).to.deep.equal(await sharp(bytes).raw().toBuffer())
      expect(headers.get('etag')).to.equal(`"${sha256(got)}"`)
    })

    it('sent again is the same document', async () => {
      const bytes = await picture({ width: 66, exif: { IFD3: place } })
      const sent = practice.fields({ sha256: sha256(bytes) })
      const [first, again] = [
        await practice.amelia.upload(sent, { bytes }),
        await practice.amelia.upload(sent, { bytes }),
      ]
      expect([again.status, again.body]).to.deep.equal([201, first.body])
    })

    it('in the other formats that phones and browsers write loses it as well', async () => {
      const source = sharp(await picture({ exif: { IFD3: place } })).keepExif()
      for (const [type, file] of [
        ['image/png', await source.clone().png().toBuffer()],
        ['image/webp', await source.clone().webp().toBuffer()],
        ['image/avif', await source.clone().avif({ effort: 0 }).toBuffer()],
      ] as const) {
        expect(await holdsPlace(file), `${type} has a place to begin with`).to.equal(true)
        const { bytes: got } = await get(`${await upload({ bytes: file, type, name: 'x' })}/content`)
        expect(await holdsPlace(got), type).to.equal(false)
        await sharp(got, { failOn: 'warning' }).raw().toBuffer()
      }
    })

    it('loses it from XMP by whatever prefix, and what a drone wrote', async () => {
      const names = [
        'xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="51,31.4N"',
        'xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" drone-dji:GpsLatitude="51,31.4N"',
      ]
      for (const attributes of names) {
        const said = xmp('51,30.4N').replace('dc:format', `${attributes} dc:format`)
        const file = await sharp(await picture())
          .withXmp(said)
          .jpeg()
          .toBuffer()
        expect(file.includes('51,31.4N')).to.equal(true)
        const { bytes: got } = await get(`${await upload({ bytes: file })}/content`)
        expect([got.includes('51,31.4N'), got.length], attributes).to.deep.equal([false, file.length])
      }
    })

    const xmp = (lat: string): string =>
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
      `<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
      `dc:format="kept" exif:GPSLatitude="${lat}"/></rdf:RDF></x:xmpmeta>`

    it('loses it from XMP as well, and nothing else', async () => {
      const source = sharp(await picture()).withXmp(xmp('51,30.4N'))
      for (const [type, file] of [
        ['image/jpeg', await source.clone().jpeg().toBuffer()],
        ['image/png', await source.clone().png().toBuffer()],
        ['image/webp', await source.clone().webp().toBuffer()],
        ['image/tiff', await source.clone().tiff().toBuffer()],
      ] as const) {
        const said = async (bytes: Buffer) => (await sharp(bytes).metadata()).xmp?.toString() ?? ''
        expect(await said(file), `${type} has a place to begin with`).to.contain('51,30.4N')
        const { bytes: got } = await get(`${await upload({ bytes: file, type, name: 'x' })}/content`)
        expect([got.includes('51,30.4N'), got.length], type).to.deep.equal([false, file.length])
        expect(await said(got)).not.to.contain('51,30.4N')
        // In a PNG it is packed, and goes altogether.
        if (type !== 'image/png') expect(await said(got)).to.contain('kept')
        await sharp(got, { failOn: 'warning' }).raw().toBuffer()
      }
    })

    it('that is two in one file loses it from both', async () => {
      const one = await picture({ exif: { IFD3: place } })
      const two = Buffer.concat([await picture({ width: 70 }), one])
      const { bytes: got } = await get(`${await upload({ bytes: two })}/content`)
      expect([
        marks.some((mark) => two.includes(mark)),
        marks.some((mark) => got.includes(mark)),
      ]).to.deep.equal([true, false])
    })

    it('and of a video: its boxes stay what they are', async () => {
      const box = (type: string, ...bodies: Buffer[]): Buffer => {
        const body = Buffer.concat(bodies)
        const head = Buffer.alloc(8)
        head.writeUInt32BE(body.length + 8)
        head.write(type, 4, 'latin1')
        return Buffer.concat([head, body])
      }
      const text = (value: string): Buffer =>
        Buffer.from(`\0${String.fromCharCode(value.length)}\x15\xc7${value}`, 'latin1')
      const loci = box(
        'loci',
        Buffer.alloc(6),
        Buffer.from('Home\0\0'),
        Buffer.alloc(12, 7),
        Buffer.from('earth\0\0'),
      )
      const film = (where: string, locus: Buffer): Buffer =>
        Buffer.concat([
          box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41')),
          box('mdat', Buffer.from(`+51.5074-000.1278/ is a picture here`)),
          box('moov', box('mvhd', Buffer.alloc(100)), box('udta', box('\xa9xyz', text(where)), locus)),
        ])
      const sent = film('+51.5074-000.1278/', loci)
      const path = await upload({ bytes: sent, type: 'video/mp4', name: 'walk.mp4' })
      const free = box('free', Buffer.alloc(loci.length - 8))
      expect((await get(`${path}/content`)).bytes).to.deep.equal(film(' '.repeat(18), free))
    })

    it('keeps it where the group wants it', async () => {
      const gita = await practice.signIn('gita.groupadmin')
      const put = (keepGps: boolean) =>
        practice.server.request('/v2/mobile/documents/settings', {
          method: 'PUT',
          json: { keepGps },
          headers: gita.tokens,
        })
      await put(true)
      const bytes = await picture({ width: 68, exif: { IFD3: place } })
      expect((await get(`${await upload({ bytes })}/content`)).bytes).to.deep.equal(bytes)
      await put(false)
    })
  })
})
