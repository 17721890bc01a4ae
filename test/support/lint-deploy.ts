/** Holds what is in couchdb-config/deploy to what it says of itself. For `npm run check`. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { z } from 'zod'

const folder = new URL('../../couchdb-config/deploy/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

const dockerfileFaults = (text: string): string[] => {
  const faults = validate(text).map(
    ({ message, range }) =>
      `line ${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
  )
  const file = DockerfileParser.parse(text)
  for (const from of file.getFROMs())
    if (!/:\d+\.\d+\.\d+/.test(from.getImage() ?? '')) faults.push(`${from.getImage()} is not pinned`)
  const last = file.getFROMs().at(-1)?.getRange().start.line ?? 0
  const after = file.getInstructions().filter((one) => one.getRange().start.line > last)
  const named = (keyword: string): string[] =>
    after.filter((one) => one.getKeyword() === keyword).map((one) => one.getArgumentsContent() ?? '')
  const user = named('USER').at(-1)
  if (user === undefined || /^(root|0)\b/.test(user)) faults.push('it runs as root')
  if (named('HEALTHCHECK').length === 0) faults.push('it has no health check')
  if (!named('CMD').at(-1)?.startsWith('['))
    faults.push('CMD is run by a shell, which keeps SIGTERM to itself')
  return faults
}

/** By systemd itself, with this machine's node in the place of that of the unit. */
const unitFaults = (name: string): string[] => {
  const text = read(name)
  const faults = ['User=root', 'TimeoutStopSec=infinity'].filter((line) => text.includes(line))
  if (!/^(User=|DynamicUser=yes)/m.test(text)) faults.push('it runs as root')
  const scratch = mkdtempSync(path.join(tmpdir(), 'vetspace-unit-'))
  try {
    const file = path.join(scratch, name)
    writeFileSync(file, text.replaceAll('/usr/bin/node', process.execPath))
    const options = ['verify', '--man=no', '--recursive-errors=no', file]
    const { error, stderr, status } = spawnSync('systemd-analyze', options, { encoding: 'utf8' })
    if (error) console.warn(`SKIPPED: ${name} by systemd-analyze, which is not here`)
    // What it only warns of is a fault as well: a setting that it does not know is one that does nothing.
    else if (status !== 0 || stderr.trim() !== '') faults.push(stderr.trim())
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return faults
}

const service = z.looseObject({
  image: z.string().regex(/:\d+\.\d+\.\d+$/, 'is not pinned'),
  healthcheck: z.looseObject({ test: z.array(z.string()).min(2) }).optional(),
  depends_on: z.record(z.string(), z.unknown()).default({}),
  restart: z.string(),
  volumes: z.array(z.string()).default([]),
})
const compose = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
})

const composeFaults = (text: string): string[] => {
  const { data, error } = compose.safeParse(parse(text, { merge: true }))
  if (!data) return error.issues.map(({ path: where, message }) => `${where.join('.')}: ${message}`)
  return Object.entries(data.services).flatMap(([name, { healthcheck, depends_on, restart, volumes }]) => [
    ...(healthcheck || restart === 'on-failure' ? [] : [`${name} has no health check`]),
    ...Object.keys(depends_on)
      .filter((other) => !(other in data.services))
      .map((other) => `${name} waits for ${other}, which there is not`),
    ...volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((from) => (from.startsWith('.') ? !existsSync(new URL(from, folder)) : !(from in data.volumes)))
      .map((from) => `${name}: there is no ${from}`),
  ])
}

/** What a program on this machine says of a file; nothing where there is no such program. */
const faultsBy = (name: string, program: string, ...args: string[]): string[] => {
  const { error, stderr, status } = spawnSync(program, [...args, fileURLToPath(new URL(name, folder))], {
    encoding: 'utf8',
  })
  if (error) console.warn(`SKIPPED: ${name} by ${program}, which is not here`)
  return error || status === 0 ? [] : [stderr.trim()]
}

const units = ['vetspace.service', 'vetspace-bridge-agent.service']
const faults = [
  ...dockerfileFaults(read('Dockerfile')).map((fault) => `Dockerfile: ${fault}`),
  ...composeFaults(read('compose.yaml')).map((fault) => `compose.yaml: ${fault}`),
  ...faultsBy('haproxy.cfg', 'haproxy', '-c', '-f'),
  ...faultsBy('join-nodes.sh', 'sh', '-n'),
  ...units.flatMap((name) => unitFaults(name).map((fault) => `${name}: ${fault}`)),
]
for (const fault of faults) console.error(fault)
console.log(`Dockerfile, compose file and ${units.length} units: ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
