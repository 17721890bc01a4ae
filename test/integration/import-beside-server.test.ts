/** The importer beside a running server, which owns the store: the rows go through that server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { quirkyAnimals, quirkyPrices } from '../support/csv-quirks.ts'
import { ImportProcess, importFiles, storedOf } from '../support/import-process.ts'
import { ServerProcess, freePort } from '../support/server-process.ts'

const post = async (
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, string>
}

/** The codes that a vet of the demo practice sees at once. */
const codesSeen = async (url: string): Promise<{ code: string; unitPrice: number }[]> => {
  const account = { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-api-key' }
  const { token = '' } = await post(`${url}/v2/authentication/login`, account)
  const person = { username: 'amelia.vet', password: 'Demo-Practice-2026' }
  const { userToken = '' } = await post(`${url}/v2/authentication/verifyUser`, person, { ApiToken: token })
  const response = await fetch(`${url}/v2/mobile/retrieveTreatmentCodes?siteId=1`, {
    headers: { ApiToken: token, ApiUserToken: userToken },
  })
  return ((await response.json()) as { items: { code: string; unitPrice: number }[] }).items
}

describe('import: beside a running server', () => {
  let directory: string
  let data: string
  let server: ServerProcess
  let files: string[]
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'vetspace-import-'))
    data = path.join(directory, 'data')
    server = new ServerProcess({ port: await freePort(), dataDir: data })
    await server.start()
    const [animals, prices] = [path.join(directory, 'a.csv'), path.join(directory, 'p.csv')]
    await writeFile(animals, quirkyAnimals({ rows: 20_000, brokenEvery: 9000 }).text)
    await writeFile(prices, quirkyPrices({ rows: 100 }).text)
    files = ['--animals', animals, '--price-list', prices, '--rejects', path.join(directory, 'rejects.csv')]
  })
  after(async () => {
    await server.stop('SIGTERM')
    await rm(directory, { recursive: true })
  })
  const place = ['--group', '1', '--site', '1']

  it('refuses a group or a site that is not there', async () => {
    const group = await importFiles(data, '--group', '77', '--site', '1', ...files)
    expect([group.code, group.stderr]).to.deep.equal([
      1,
      '--group 77: there is no such group here; there are 1, 2\n',
    ])
    const site = await importFiles(data, '--group', '1', '--site', '77', ...files)
    expect([site.code, site.stderr]).to.deep.equal([1, '--site 77: group 1 has no such site; it has 1, 2\n'])
  })

  it('imports through the server, which shows the prices at once; stopped and run again it doubles nothing', async () => {
    const stopped = new ImportProcess(data, [...place, ...files])
    await stopped.printed(/rows\/s/)
    stopped.kill('SIGKILL')
    await stopped.end()
    const { code, stdout, stderr } = await importFiles(data, ...place, ...files)
    expect(code, stderr).to.equal(0)
    expect(stderr).to.include('Writing to the running server')
    const [, imported = '', present = ''] =
      /20,002 rows read, ([\d,]+) imported, 0 updated, ([\d,]+) already/.exec(stdout) ?? []
    const [taken, before] = [imported, present].map((text) => Number(text.replaceAll(',', ''))) as [
      number,
      number,
    ]
    expect(taken + before).to.equal(20_000)
    expect(before).to.be.greaterThan(0)
    expect(stdout).to.include('2 rows refused')
    expect((await codesSeen(server.url)).find((item) => item.code === 'CODE1-1')?.unitPrice).to.equal(29)
  })

  it('finds the same rows again when the server is gone, even when it was killed', async () => {
    await server.stop('SIGKILL')
    const { stdout, stderr } = await importFiles(data, ...place, ...files)
    expect(stderr).to.include('Writing to the embedded store')
    expect(stdout).to.include('0 imported, 0 updated, 20,000 already there')
    const animals = await storedOf(data, 'animal')
    const imported = animals.filter((doc) => (doc['externalIds'] as object[]).length > 0)
    expect(imported).to.have.length(20_000)
  })
})
