/** The antivirus step, by clamd where this machine has one, and by a stand-in that speaks its protocol everywhere. */
import { expect } from 'chai'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { photo, until } from '../support/document-client.ts'
import { openDocumentPractice, type DocumentPractice } from '../support/document-practice.ts'
import { startFakeClamd } from '../support/fake-clamd.ts'
import { metadataText, named, tusRequest } from '../support/tus.ts'

/** Harmless; a signature is made for it. */
const marked = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100', 'hex'),
  Buffer.alloc(3000, 'not a virus '),
])

interface Scanner extends AsyncDisposable {
  socket: string
  name: string
}

const standIn = async (): Promise<Scanner> => {
  const fake = await startFakeClamd((bytes) => (bytes.equals(marked) ? 'Test.Marked FOUND' : 'OK'))
  return {
    socket: fake.socket,
    name: 'Test.Marked',
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  }
}

const clamdPath = '/usr/sbin/clamd'

/** A clamd with one signature of ours: the MD5 of the marked file. */
const realClamd = async (): Promise<Scanner> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-clamd-'))
  const md5 = createHash('md5').update(marked).digest('hex')
  await writeFile(path.join(directory, 'test.hdb'), `${md5}:${marked.length}:Test.Marked\n`)
  const socket = path.join(directory, 'clamd.sock')
  const settings = [`LocalSocket ${socket}`, `DatabaseDirectory ${directory}`, 'Foreground yes', 'User root']
  const config = path.join(directory, 'clamd.conf')
  await writeFile(config, `${settings.slice(0, process.getuid?.() === 0 ? 4 : 3).join('\n')}\n`)
  const clamd = spawn(clamdPath, ['-c', config], { stdio: 'ignore' })
  await until(async () => Promise.resolve(existsSync(socket) || clamd.exitCode !== null))
  return {
    ...{ socket, name: 'Test.Marked.UNOFFICIAL' },
    async [Symbol.asyncDispose]() {
      clamd.kill()
      if (clamd.exitCode === null) await once(clamd, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const hasClamd = (): boolean => {
  try {
    execFileSync(clamdPath, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const asks = (open: () => Promise<Scanner>): void => {
  let scanner: Scanner
  let practice: DocumentPractice
  before(async () => {
    scanner = await open()
    practice = await openDocumentPractice({ clamdSocket: scanner.socket })
  })
  after(async () => {
    await practice[Symbol.asyncDispose]()
    await scanner[Symbol.asyncDispose]()
  })

  it('takes what it finds nothing in', async () =>
    expect((await practice.amelia.upload(practice.fields(), { bytes: photo(300_000) })).status).to.equal(201))

  it('refuses what it finds something in, on either road, and sets it aside', async () => {
    const send = () => practice.amelia.upload(practice.fields(), { bytes: marked })
    expect(await practice.refused(send, 422, 'VIRUS_FOUND')).to.deep.equal(['file'])
    expect((await send()).body['detail']).to.contain(scanner.name)
    const headers = {
      'Upload-Length': String(marked.length),
      'Upload-Metadata': metadataText(named(practice.fields())),
    }
    const byTus = () => tusRequest(practice.server, practice.amelia, 'POST', { headers, body: marked })
    await practice.refused(byTus, 422, 'VIRUS_FOUND')
    const aside = await readdir(path.join(practice.server.dataDir, 'quarantine'))
    expect(aside).to.deep.equal([`group-1-${createHash('sha256').update(marked).digest('hex')}`])
    expect(practice.server.logged.some((line) => line.includes('Virus found'))).to.equal(true)
  })
}

describe('The virus scanner', () => {
  describe('a stand-in', () => asks(standIn))

  describe('clamd', function () {
    if (hasClamd()) return asks(realClamd)
    it('is not on this machine', function () {
      console.log('      skipped: clamd (Debian: clamav-daemon) is not on this machine')
      this.skip()
    })
  })

  it('that does not answer keeps nothing from being sent again', async () => {
    let away = true
    await using fake = await startFakeClamd(() => (away ? undefined : 'OK'))
    await using practice = await openDocumentPractice({ clamdSocket: fake.socket })
    const bytes = photo(3000)
    const sent = practice.fields()
    const answer = await practice.amelia.upload(sent, { bytes })
    expect([answer.status, answer.body['code']]).to.deep.equal([503, 'SCANNER_UNAVAILABLE'])
    expect(answer.headers.get('retry-after')).to.equal('60')
    const headers = { 'Upload-Length': '3000', 'Upload-Metadata': metadataText(named(sent)) }
    const begun = await tusRequest(practice.server, practice.amelia, 'POST', { headers })
    const where = String(begun.headers.get('location'))
    const patch = { path: where, body: bytes, headers: { 'Upload-Offset': '0' } }
    expect((await tusRequest(practice.server, practice.amelia, 'PATCH', patch)).status).to.equal(503)
    away = false
    const head = await tusRequest(practice.server, practice.amelia, 'HEAD', { path: where })
    expect([head.status, head.headers.get('upload-offset')]).to.deep.equal([200, '3000'])
    const { body } = await tusRequest(practice.server, practice.amelia, 'GET', { path: where })
    expect(body['documentId']).to.equal(sent['clientItemId'])
  })
})
