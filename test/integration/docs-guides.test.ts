/** The examples of the guides, run as a reader would run them. */
import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
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

const languages = {
  sh: { language: 'curl', needs: ['bash', 'curl', 'jq'] },
  mts: { language: 'TypeScript', needs: [] },
  py: { language: 'Python', needs: ['python3'] },
} as const

interface Operation {
  operationId: string
  tags: [string]
}

const isThere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined

const characters: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" },
}
const asText = (html: string): string => html.replace(/&[^;]+;/g, (entity) => characters[entity] ?? entity)

/** What the page says of an example: what it is saved as, what it is run with, and its code. */
const told = (page: string, language: string) => {
  const section = new RegExp(
    `data-language="${language}">.*?Save as <code>(.*?)</code>, run with <code>(.*?)</code>.*?<code>(.*?)</code>`,
    's',
  )
  const [, file = '', command = '', code = ''] = section.exec(page) ?? []
  return { file, command, code: asText(code) }
}

/** `npx` would ask the registry; here is the same program without it. */
const withoutNpx = (command: string): string[] =>
  command
    .replace(/^npx tsx /, `${process.execPath} ${path.resolve('node_modules/tsx/dist/cli.mjs')} `)
    .split(' ')

/** Saves an example in an empty folder outside of the repository, and runs it there. */
const run = async ({ file, command, code }: ReturnType<typeof told>, url: string) => {
  const cwd = await mkdtemp(path.join(tmpdir(), 'vetspace-example-'))
  try {
    await writeFile(path.join(cwd, file), code)
    const [program = '', ...args] = withoutNpx(command)
    const child = spawn(program, args, { cwd, env: { ...process.env, VETSPACE_URL: url } })
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const exitCode = await new Promise((resolve) => child.on('close', resolve))
    return { exitCode, output, errors }
  } finally {
    await rm(cwd, { recursive: true })
  }
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
      slugs.flatMap((slug) => Object.keys(languages).map((suffix) => `${slug}.${suffix}`)),
    )
    expect(Object.keys(printed)).to.have.members(slugs)
  })

  for (const [slug, expected] of Object.entries(printed))
    for (const { language, needs } of Object.values(languages))
      it(`${slug} works in ${language}, saved and run as its guide says`, async function () {
        const missing = needs.filter((need) => !isThere(need))
        if (missing.length > 0) {
          console.log(`  SKIPPED: there is no ${missing.join(', no ')} on this machine`)
          this.skip()
        }
        const page = await server.request(`/docs/guides/${slug}`)
        const { exitCode, output, errors } = await run(told(page.text, language), server.url)
        expect(output, errors).to.match(expected)
        expect(exitCode, errors).to.equal(0)
      })
})
