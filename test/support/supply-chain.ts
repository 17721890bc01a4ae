/**
 * What the server stands on in production: `npm run licences` writes server/LICENCES.md from the lockfile,
 * `npm run check:supply` says where it is out of date, where a licence is one that was not agreed to, and which
 * dependency no README gives a reason for.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'

const listing = 'server/LICENCES.md'

/** LGPL: libvips, a shared library of its own beside sharp, which may be replaced. */
const agreed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'LGPL-3.0-or-later',
  'MIT',
  'MIT-0',
  'Unlicense',
  'WTFPL',
])

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
})
const manifest = z.object({
  license: z.string().optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
})

const manifestOf = (folder: string) =>
  manifest.parse(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')))

interface Package {
  name: string
  version: string
  licence: string
}

/** Packages from before SPDX say `licenses`, which the lockfile does not take over. */
const olderLicence = (folder: string): string =>
  manifestOf(folder)
    .licenses?.map(({ type }) => type)
    .join(' OR ') ?? 'none'

const productionPackages = (): Package[] => {
  const { packages } = lockfile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  return Object.entries(packages)
    .filter(
      ([folder, { dev, devOptional, link }]) =>
        folder.includes('node_modules/') && !dev && !devOptional && !link,
    )
    .map(([folder, { version = '', license }]) => ({
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license ?? olderLicence(folder),
    }))
}

const markdownOf = async (packages: readonly Package[]): Promise<string> => {
  const rows = [...new Set(packages.map(({ licence }) => licence))].sort().map((licence) => {
    const under = packages.filter((one) => one.licence === licence)
    const names = [...new Set(under.map(({ name, version }) => `${name} ${version}`))].sort()
    return `| ${licence} | ${names.length} | ${names.join(', ')} |`
  })
  const text = [
    '# Licences',
    'What `npm ci --omit=dev` installs, by licence. Made by `npm run licences` from the lockfile.',
    '',
    '| licence | packages | |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
  return await format(text, { ...(await resolveConfig(listing)), filepath: listing })
}

const notAgreed = (packages: readonly Package[]): string[] =>
  packages
    .filter(
      ({ licence }) =>
        !licence
          .split(/[() ]+|AND|OR/)
          .filter(Boolean)
          .every((id) => agreed.has(id)),
    )
    .map(({ name, licence }) => `${name} is under ${licence}, which was not agreed to.`)

const withoutReason = (): string[] => {
  const files = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n')
  const docs = files
    .filter((file) => file !== listing)
    .map((file) => readFileSync(file, 'utf8').toLowerCase())
  return ['.', 'mobile-client-lib'].flatMap((folder) => {
    const { dependencies = {}, devDependencies = {} } = manifestOf(folder)
    return Object.keys({ ...dependencies, ...devDependencies })
      .filter(
        (name) => !name.startsWith('@types/') && !docs.some((text) => text.includes(name.toLowerCase())),
      )
      .map((name) => `${folder}/package.json: no README says why ${name} is there.`)
  })
}

const packages = productionPackages()
const wanted = await markdownOf(packages)
if (process.argv.includes('--write')) writeFileSync(listing, wanted)
const faults = [...notAgreed(packages), ...withoutReason()]
if (readFileSync(listing, 'utf8') !== wanted) faults.push(`${listing} is out of date: npm run licences`)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log(`${packages.length} packages in production, each under a licence that was agreed to.`)
