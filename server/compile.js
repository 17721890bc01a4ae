/**
 * `node server/compile.js`: compiles what the server runs from into `dist`, and puts beside it what of the pages the
 * compiler does not make. Where nothing changed since the last time it only looks, for some milliseconds, so commands
 * begin with it. It is JavaScript because it runs before anything is compiled.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const sources = ['server', 'sync', 'uploads', 'mobile-client-lib/src']
const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
/** Folders of text, styles, scripts for browsers and examples that the server reads while it runs. */
const pages = ['server/docs', 'server/pages']
/** Its time is that of the sources that were compiled last. */
const stamp = 'dist/.compiled'

/** Code of the server; the examples in TypeScript (`.mts`) are text to it. @param {string} file */
const isCode = (file) => file.endsWith('.ts')

/** When a file was changed, in ms since the epoch; 0 where there is none. @param {string} file */
const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Folders as well: what was removed is a change of its folder. @param {string} folder @returns {string[]} */
const within = (folder) => [
  folder,
  ...readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name))),
]

const compilerFile = () => {
  try {
    return createRequire(path.resolve('package.json')).resolve('typescript/bin/tsc')
  } catch {
    return undefined
  }
}

const compile = () => {
  const compiler = compilerFile()
  if (!compiler && !existsSync(stamp))
    throw new Error('Nothing is compiled, and TypeScript is not installed: `npm ci` installs it.')
  if (!compiler) {
    process.stderr.write('What is compiled is older than its sources; TypeScript is not installed.\n')
    return
  }
  const began = new Date()
  process.stderr.write('Compiling …\n')
  const { status } = spawnSync(process.execPath, [compiler, '-b', 'tsconfig.build.json'], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
  for (const folder of pages.filter((folder) => existsSync(folder)))
    cpSync(folder, `dist/${folder}`, { recursive: true, filter: (file) => !isCode(file) })
  writeFileSync(stamp, '')
  utimesSync(stamp, began, began)
}

const latest = Math.max(...[...sources.flatMap(within), ...settings].map(changedAt))
if (latest > changedAt(stamp)) compile()
