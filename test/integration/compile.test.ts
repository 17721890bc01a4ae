import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'

/** As `npm run demo` and `npm run import` begin. */
const compile = (folder: string) =>
  spawnSync(process.execPath, [path.resolve('server/compile.js')], { cwd: folder, encoding: 'utf8' })

describe('Compiling before the demo and the import', () => {
  let folder: string
  const write = (name: string, text: string): void => {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const compiled = (name: string): string => readFileSync(path.join(folder, 'dist', name), 'utf8')
  /** Everything so far is a minute old, so that what is written next is newer. */
  const age = (...names: string[]): void => {
    const then = new Date(Date.now() - 60_000)
    for (const name of names) utimesSync(path.join(folder, name), then, then)
  }

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vetspace-compile-'))
    for (const name of ['sync', 'uploads', 'mobile-client-lib/src'])
      mkdirSync(path.join(folder, name), { recursive: true })
    write('package.json', '{"type":"module"}')
    write('tsconfig.json', '{}')
    write(
      'tsconfig.build.json',
      '{"compilerOptions":{"outDir":"dist","rootDir":".","target":"es2023","module":"nodenext","types":[]},"include":["server"]}',
    )
    write('server/main.ts', 'export const answer: number = 1\n')
    write('server/pages/form.css', 'p {}\n')
    symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('makes the code and puts the pages beside it', () => {
    expect(compile(folder).status).to.equal(0)
    expect(compiled('server/main.js')).to.contain('answer = 1')
    expect(compiled('server/pages/form.css')).to.equal('p {}\n')
  })

  it('does nothing where nothing changed', () => {
    compile(folder)
    const { status, stderr } = compile(folder)
    expect(status).to.equal(0)
    expect(stderr).to.equal('')
  })

  it('takes in what changed since, also of a page', () => {
    compile(folder)
    age('dist/.compiled')
    write('server/main.ts', 'export const answer: number = 2\n')
    write('server/pages/form.css', 'p { color: red }\n')
    expect(compile(folder).status).to.equal(0)
    expect(compiled('server/main.js')).to.contain('answer = 2')
    expect(compiled('server/pages/form.css')).to.contain('red')
  })

  it('fails with the compiler’s words where the code does not compile, also when asked again', () => {
    write('server/main.ts', 'export const answer: number = "no"\n')
    for (let times = 0; times < 2; times += 1) {
      const { status, stdout } = compile(folder)
      expect(status).not.to.equal(0)
      expect(stdout).to.contain("Type 'string' is not assignable to type 'number'")
    }
  })

  it('says what is missing where nothing is compiled and there is no compiler', () => {
    rmSync(path.join(folder, 'node_modules'))
    const { status, stderr } = compile(folder)
    expect(status).not.to.equal(0)
    expect(stderr).to.contain('`npm ci` installs it')
  })

  it('goes on with what is compiled where the compiler is not installed', () => {
    compile(folder)
    age('dist/.compiled')
    write('server/main.ts', 'export const answer: number = 3\n')
    rmSync(path.join(folder, 'node_modules'))
    const { status, stderr } = compile(folder)
    expect(status).to.equal(0)
    expect(stderr).to.contain('older than its sources')
    expect(compiled('server/main.js')).to.contain('answer = 1')
  })
})
