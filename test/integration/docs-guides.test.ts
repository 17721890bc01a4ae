/** The examples of the guides, run as a reader would run them. */
import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { guides } from '../../server/docs/guides.ts'
import { startServer, type TestServer } from '../support/server.ts'

const folder = 'server/docs/examples'

/** What each guide's examples print, in every language. */
const printed: Readonly<Record<string, RegExp>> = {
  'first-call': /^Amelia Hart: \d+ appointments\nBen Okafor: \d+ appointments/,
  tokens: /^Signed in as Amelia Hart, vet\nRenewed\nAfter logout: TOKEN_INVALID\n$/,
  paging: /^32 treatment codes\n32 changed\n0 changed since then\n$/,
  errors: /^INVALID_REQUEST: accountId must be a lower-case UUID; apiKey is required\n$/,
  idempotency: /^One account\nIDEMPOTENCY_KEY_REUSED\n$/,
  'offline-sync': /^true: more than one page of animals\nCREATED\nDUPLICATE\n$/,
}

const runners = {
  sh: { language: 'curl', command: 'bash', args: [], needs: ['bash', 'curl', 'jq'] },
  ts: { language: 'TypeScript', command: process.execPath, args: ['--import', 'tsx'], needs: [] },
  py: { language: 'Python', command: 'python3', args: [], needs: ['python3'] },
} as const

interface Operation {
  operationId: string
  tags: [string]
}

const isThere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined

const run = async (command: string, args: readonly string[], url: string) => {
  const child = spawn(command, args, { env: { ...process.env, VETSPACE_URL: url } })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  return { code, output, errors }
}

describe('the links of the guides', () => {
  it('into the reference lead to a call that it has', async () => {
    await using server = await startServer()
    const { body } = await server.request('/docs/assets/reference.json')
    const operations = Object.values(body['paths'] as Record<string, Record<string, Operation>>)
      .flatMap((methods) => Object.values(methods))
      .map(({ tags: [tag], operationId }) => `/docs#/${tag}/${operationId}`)
    for (const { slug } of guides) {
      const { text } = await server.request(`/docs/guides/${slug}`)
      for (const [, link] of text.matchAll(/href="(\/docs#[^"]*)"/g))
        expect(operations, slug).to.include(link)
    }
  })
})

describe('the examples of the guides', () => {
  let server: TestServer
  before(async () => void (server = await startServer()))
  after(() => server[Symbol.asyncDispose]())

  it('are all run here, each guide that has any in every language', () => {
    const slugs = guides
      .map(({ slug }) => slug)
      .filter((slug) => readFileSync(`server/docs/guides/${slug}.md`, 'utf8').includes(':::examples'))
    expect(readdirSync(folder)).to.have.members(
      slugs.flatMap((slug) => Object.keys(runners).map((suffix) => `${slug}.${suffix}`)),
    )
    expect(Object.keys(printed)).to.have.members(slugs)
  })

  for (const [slug, expected] of Object.entries(printed))
    for (const [suffix, { language, command, args, needs }] of Object.entries(runners))
      it(`${slug} works in ${language}`, async function () {
        const missing = needs.filter((need) => !isThere(need))
        if (missing.length > 0) {
          console.log(`  SKIPPED: there is no ${missing.join(', no ')} on this machine`)
          this.skip()
        }
        const { code, output, errors } = await run(
          command,
          [...args, `${folder}/${slug}.${suffix}`],
          server.url,
        )
        expect(output, errors).to.match(expected)
        expect(code, errors).to.equal(0)
      })
})
