/** Files that are made to harm: each is refused with a code of its own, and nothing of it remains on disk. */
import { expect } from 'chai'
import { docx, docxType, zip } from '../support/archives.ts'
import { photo, sha256, type DocumentClient, type SentFile } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import { pdf, picture } from '../support/pictures.ts'
import { metadataText, named, tusRequest } from '../support/tus.ts'

const svgType = 'image/svg+xml'
const pdfType = 'application/pdf'
const text = (bytes: string, type: string, name = 'x'): SentFile => ({
  bytes: Buffer.from(bytes),
  type,
  name,
})

describe('A hostile file', () => {
  let practice: DocumentPractice
  before(async () => {
    practice = await openDocumentPractice({ fileLimit: 3_000_000 })
  })
  after(() => practice[Symbol.asyncDispose]())

  const refused = (file: SentFile, status: number, code: string): Promise<void> =>
    practice.refusedOnBothRoads(file, status, code)
  const taken = (file: SentFile): Promise<unknown> => practice.taken(file)

  it('of no bytes', () => refused({ bytes: Buffer.alloc(0) }, 422, 'EMPTY_FILE'))

  it('with a name that leads elsewhere, or ends in something that runs', async () => {
    const bad = [
      '../../etc/passwd',
      '..\\\\..\\\\boot.ini',
      '..',
      'x-ray.jpg.exe',
      'x-ray.php.jpg',
      'macro.docm',
      'a.HTML',
      'x.js ',
      'x-ray.com.',
      'x-ray.exe::$DATA',
      'x-ray.html.jpg',
      'x-ray.svg.png',
      'x-ray\u202egpj.exe',
      'x-ray.e\u200bxe',
      'x-ray\uff0eexe',
      '..%2f..%2fetc%2fpasswd',
      'x-ray.php%00.jpg',
      'x-ray.e\u200dxe',
      'x-ray.ex\u034fe',
      'x-ray.html;.jpg',
      '.htaccess',
      ...[
        'pht',
        'php5',
        'xht',
        'xsl',
        'jnlp',
        'appx',
        'msc',
        'sct',
        'pyw',
        'ksh',
        'xlsb',
        'ppam',
        'library-ms',
      ].map((ending) => `x-ray.${ending}`),
    ]
    for (const name of bad) await refused({ bytes: photo(100), name }, 422, 'FILE_NAME_REFUSED')
    for (const name of [
      'vet.com.jpg',
      'a..b.jpg',
      'J. Smith.pl. 3.jpg',
      '.jpg',
      '👩‍⚕️ vet.jpg',
      '1.2.840.10008',
    ])
      expect(await taken({ bytes: photo(100), name }), name).to.equal('image/jpeg')
  })

  it('that is not what it is said to be', async () => {
    await refused({ bytes: photo(100), type: pdfType }, 422, 'CONTENT_TYPE_MISMATCH')
    await refused({ bytes: pdf(), type: 'image/jpeg' }, 422, 'CONTENT_TYPE_MISMATCH')
    await refused(text('just words', 'image/png'), 422, 'CONTENT_TYPE_MISMATCH')
    await refused(text('just words', pdfType), 422, 'CONTENT_TYPE_MISMATCH')
    await refused({ bytes: photo(100), type: 'text/plain' }, 422, 'CONTENT_TYPE_MISMATCH')
  })

  it('of a kind that a practice does not keep', async () => {
    const program = Buffer.concat([Buffer.from('7f454c4602010100', 'hex'), Buffer.alloc(100)])
    const unknown = 'application/octet-stream'
    await refused({ bytes: program, type: unknown, name: 'x' }, 415, 'FILE_TYPE_NOT_ALLOWED')
    const archive = zip([{ name: 'a.txt', bytes: Buffer.from('a') }])
    await refused({ bytes: archive, type: 'application/zip', name: 'x.zip' }, 415, 'FILE_TYPE_NOT_ALLOWED')
    const jar = zip([{ name: 'META-INF/MANIFEST.MF', bytes: Buffer.from('Manifest-Version: 1.0') }])
    await refused({ bytes: jar, type: unknown, name: 'x' }, 415, 'FILE_TYPE_NOT_ALLOWED')
    await refused(text('<svg xmlns="http://www.w3.org/2000/svg"/>', svgType), 415, 'FILE_TYPE_NOT_ALLOWED')
  })

  it('that is two kinds of file at once', async () => {
    const archive = zip([{ name: 'a.class', bytes: Buffer.from('a') }])
    await refused({ bytes: Buffer.concat([photo(500), archive]) }, 422, 'POLYGLOT_FILE')
    const both = { bytes: Buffer.concat([pdf(), archive]), type: pdfType, name: 'x.pdf' }
    await refused(both, 422, 'POLYGLOT_FILE')
    const head = Buffer.from('ffd8ffe000104a46494600010100', 'hex')
    for (const inside of ['%PDF-1.7', '<script>alert(1)</script>', '<?php system($_GET[0]); ?>'])
      await refused({ bytes: Buffer.concat([head, Buffer.from(inside), photo(200)]) }, 422, 'POLYGLOT_FILE')
    const behind = [
      '<script>alert(1)</script>',
      '<?php system($_GET[0]); ?>',
      '<?=`$_GET[0]`?>',
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">',
      '<img src=x onerror=alert(1)>',
      '<body onload=alert(1)>',
      '%PDF-1.7',
      'Rar!\x1a\x07\x01\x00',
    ]
    for (const text of behind)
      await refused({ bytes: Buffer.concat([await picture(), Buffer.from(text)]) }, 422, 'POLYGLOT_FILE')
    for (const more of [Buffer.from('377abcaf271c0004', 'hex'), Buffer.concat([archive, Buffer.alloc(10)])])
      await refused({ bytes: Buffer.concat([await picture(), more]) }, 422, 'POLYGLOT_FILE')
    const letter = {
      bytes: Buffer.concat([Buffer.from('Dear vet\n'), pdf()]),
      type: 'text/plain',
      name: 'x.txt',
    }
    await refused(letter, 422, 'POLYGLOT_FILE')
    const preamble = [Buffer.from('#!/bin/sh\n'.padEnd(128)), Buffer.from('DICM'), Buffer.alloc(100)]
    const dicom = { bytes: Buffer.concat(preamble), type: 'application/dicom', name: 'x.dcm' }
    await refused(dicom, 422, 'POLYGLOT_FILE')
    const far = Buffer.concat([photo(100_000), Buffer.from('<html><body>'), photo(200_000)])
    await refused({ bytes: far }, 422, 'POLYGLOT_FILE')
    const gif = { bytes: Buffer.from('GIF89a/*\0\0\0\0*/=alert(1)//;'), type: 'image/gif', name: 'x.gif' }
    await refused(gif, 422, 'POLYGLOT_FILE')
    const jpeg = Buffer.concat([Buffer.from('ffd8ffe02f2a4a464946000101', 'hex'), photo(13_000)])
    await refused({ bytes: jpeg }, 422, 'POLYGLOT_FILE')
    expect(await taken({ bytes: await picture() })).to.equal('image/jpeg')
    expect(await taken({ bytes: pdf(), type: pdfType, name: 'x.pdf' })).to.equal(pdfType)
  })

  it('that inflates to far more than it is', async () => {
    const bomb = { name: 'word/media/x.bin', bytes: Buffer.alloc(60_000_000) }
    const sent = { type: docxType, name: 'letter.docx' }
    await refused({ ...sent, bytes: docx([bomb]) }, 422, 'ARCHIVE_REFUSED')
    await refused(
      { ...sent, bytes: docx([{ name: 'x', bytes: Buffer.alloc(10), claimed: 4_000_000_000 }]) },
      422,
      'ARCHIVE_REFUSED',
    )
    const lying = { name: 'x', bytes: Buffer.alloc(60_000_000), claimed: 1000 }
    await refused({ ...sent, bytes: docx([lying]) }, 422, 'ARCHIVE_REFUSED')
    const overlapping = { name: 'x', bytes: photo(2000), times: 50 }
    await refused({ ...sent, bytes: docx([overlapping]) }, 422, 'ARCHIVE_REFUSED')
    const climbing = { name: '../../../evil', bytes: Buffer.from('x') }
    await refused({ ...sent, bytes: docx([climbing]) }, 422, 'ARCHIVE_REFUSED')
    await refused({ ...sent, bytes: docx().subarray(0, 300) }, 422, 'ARCHIVE_REFUSED')
    expect(await taken({ ...sent, bytes: docx() })).to.equal(docxType)
  })

  it('of a wrong length or checksum', async () => {
    const bytes = photo(1000)
    const wrong = (more: Record<string, string>) => () =>
      practice.amelia.upload(practice.fields(more), { bytes })
    expect(await practice.refused(wrong({ size: '999' }), 422, 'SIZE_MISMATCH')).to.deep.equal(['size'])
    await practice.refused(wrong({ size: '-1' }), 400, 'INVALID_REQUEST')
    await practice.refused(wrong({ sha256: sha256(Buffer.from('x')) }), 422, 'CHECKSUM_MISMATCH')
    expect((await wrong({ size: '1000', sha256: sha256(bytes) })()).status).to.equal(201)
  })
})

describe('A user’s day', () => {
  const limited = async (dailyBytesPerUser: number): Promise<DocumentPractice> => {
    const practice = await openDocumentPractice()
    const gita = await practice.signIn('gita.groupadmin')
    const json = { dailyBytesPerUser }
    await practice.server.request('/v2/mobile/documents/settings', {
      method: 'PUT',
      json,
      headers: gita.tokens,
    })
    return practice
  }

  it('takes so many bytes, on both roads together, and begins anew', async () => {
    await using practice = await limited(5000)
    const send = (client: DocumentClient, size: number) =>
      client.upload(practice.fields(), { bytes: photo(size) })
    expect((await send(practice.amelia, 3000)).status).to.equal(201)
    const over = await send(practice.amelia, 2001)
    await practice.refused(() => send(practice.amelia, 2001), 429, 'UPLOAD_QUOTA_EXCEEDED')
    expect(Number(over.headers.get('retry-after'))).to.be.within(1, 86_400)
    const headers = { 'Upload-Length': '2001', 'Upload-Metadata': metadataText(named(practice.fields())) }
    const byTus = () => tusRequest(practice.server, practice.amelia, 'POST', { headers })
    await practice.refused(byTus, 429, 'UPLOAD_QUOTA_EXCEEDED')
    expect((await send(practice.ben, 2001)).status).to.equal(201)
    expect((await send(practice.amelia, 2000)).status).to.equal(201)
    practice.server.clock.now += 86_400_000
    expect((await send(await practice.signIn('amelia.vet'), 3000)).status).to.equal(201)
  })
})
