/** `backup`, `backup verify`, `restore`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { CliError } from '../cli/command.ts'
import { tool, type ToolContext } from '../cli/tool.ts'
import { openStorage } from '../file-parts.ts'
import { count } from '../import/progress.ts'
import type { RunningServer } from '../import/running-server.ts'
import { openAnyStore, openStore } from '../store.ts'
import type { Manifest } from './contents.ts'
import { backupFrames } from './produce.ts'
import { archiveBytes } from './read-archive.ts'
import { restore } from './restore.ts'
import { verifyBackup, type Verified } from './verify.ts'
import { writeArchive } from './write-archive.ts'

const passphraseFile = z
  .string()
  .min(1)
  .optional()
  .describe(
    'A file whose first line is the passphrase of an encrypted backup; `-` reads it from standard input',
  )
const file = z.string().min(1).describe('The backup')
const shortestPassphrase = 12

const passphraseIn = async (
  given: string | undefined,
  { readInput }: ToolContext,
): Promise<string | undefined> => {
  if (given === undefined) return undefined
  const text = given === '-' ? await readInput() : await readFile(given, 'utf8').catch(notRead(given))
  const passphrase = text.split(/\r?\n/, 1)[0] ?? ''
  if (passphrase.length < shortestPassphrase)
    throw new CliError(`--passphrase-file: a passphrase has at least ${shortestPassphrase} characters`)
  return passphrase
}

const notRead = (named: string) => (cause: unknown) => {
  throw new CliError(`${named} cannot be read`, { cause })
}

/** The frames of a backup: from the server that has the store open, or made here. */
async function* framesFrom({ server, config, now }: ToolContext): AsyncGenerator<Uint8Array> {
  if (server) {
    yield* framesOfServer(server)
    return
  }
  await using store = await openStore(config)
  await using files = await openStorage(config, store)
  yield* backupFrames({ store, files, now })
}

async function* framesOfServer({ url, token }: RunningServer): AsyncGenerator<Uint8Array> {
  try {
    const response = await fetch(new URL('/backup', url), { headers: { Authorization: `Bearer ${token}` } })
    if (!response.ok || !response.body) throw new CliError(`The server refused (status ${response.status})`)
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) yield chunk
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('The server stopped answering in the middle; no backup was made', { cause })
  }
}

/** One moment where sections agree on it, else from when to when. */
const pointInTime = ({ sections }: Manifest): string[] => {
  const databases = sections.filter(({ name }) => name !== 'files')
  const times = new Set(databases.flatMap(({ from, to }) => [from, to]))
  if (times.size === 1)
    return [`It holds everything as it was at ${[...times].join()}, as if the power had failed then`]
  return databases.map(({ name, from, to }) =>
    from === to
      ? `${name} is as it was at ${from}`
      : `${name} is as it was between ${from} and ${to}: it was never still`,
  )
}

const told = ({ manifest }: Pick<Verified, 'manifest'>): string[] => [
  ...manifest.sections.flatMap(({ name, items, again, locals, attachments, sha256 }) =>
    name === 'files'
      ? []
      : [
          `${name}  ${count(items - again)} documents${again > 0 ? `, ${count(again)} of them again` : ''}  ${count(locals)} local documents  ${count(attachments)} attachments  ${sha256}`,
        ],
  ),
  `files  ${count(manifest.files)}, ${count(manifest.fileBytes)} bytes`,
  ...manifest.missing.map(
    ({ groupId, sha256 }) =>
      `MISSING: a record of group ${groupId} names the file ${sha256}, which the storage did not have`,
  ),
  ...pointInTime(manifest),
]

export const backupTool = tool({
  name: 'backup',
  summary: 'Write all records and files to one file, beside a running server or without one',
  options: z.strictObject({
    out: z.string().min(1).describe('The file to write, which must not be there yet'),
    'passphrase-file': passphraseFile,
  }),
  run: async ({ out, 'passphrase-file': given }, context) => {
    const { progress } = context
    const passphrase = await passphraseIn(given, context)
    let verified: Verified | undefined
    let written = 0
    progress.begin('Writing', undefined, 'bytes')
    const check = async (partial: string): Promise<void> => {
      progress.begin('Reading back', written, 'bytes')
      verified = await verifyBackup(partial, passphrase, (bytes) => progress.add(bytes))
    }
    const onBytes = (bytes: number): void => {
      written += bytes
      progress.add(bytes)
    }
    await writeArchive({ file: out, frames: framesFrom(context), passphrase, check, onBytes })
    progress.end()
    if (!verified) throw new CliError('The backup was not read back')
    return [
      ...told(verified),
      `${out} is written and was read back${passphrase === undefined ? unencrypted : ''}`,
    ]
  },
})

const unencrypted =
  '. It holds everybody’s personal data and is NOT encrypted: only its owner can read it here, keep it so elsewhere (--passphrase-file encrypts)'

export const verifyTool = tool({
  name: 'backup verify',
  summary: 'Read a backup and check that all of it is what was written',
  options: z.strictObject({ file, 'passphrase-file': passphraseFile }),
  run: async ({ file: named, 'passphrase-file': given }, context) => {
    const passphrase = await passphraseIn(given, context)
    context.progress.begin('Reading', undefined, 'bytes')
    const verified = await verifyBackup(named, passphrase, (bytes) => context.progress.add(bytes))
    context.progress.end()
    return [...told(verified), `${named} is whole`]
  },
})

export const restoreTool = tool({
  name: 'restore',
  summary: 'Put a backup back into an empty store (DATA_DIR, or COUCHDB_URL) and an empty file storage',
  options: z.strictObject({ file, 'passphrase-file': passphraseFile }),
  run: async ({ file: named, 'passphrase-file': given }, context) => {
    const { config, server, progress } = context
    if (server)
      throw new CliError(`A server has ${config.dataDir} open (process ${server.pid}): stop it before`)
    const passphrase = await passphraseIn(given, context)
    progress.begin('Checking the backup', undefined, 'bytes')
    const verified = await verifyBackup(named, passphrase, (bytes) => progress.add(bytes))
    await using store = await openAnyStore({ ...config, dataDir: path.resolve(config.dataDir) })
    const openFiles = () => openStorage(config, store)
    const read = () => archiveBytes(named, passphrase)
    const { databases, manifest } = await restore({ verified, read, store, openFiles, progress })
    return [
      ...databases.map(
        ({ name, documents, locals, digest }) =>
          `${name}  ${count(documents)} documents  ${count(locals)} local documents  ${digest}  read back`,
      ),
      `files  ${count(manifest.files)}, ${count(manifest.fileBytes)} bytes, read back`,
      ...pointInTime(manifest),
      `The ${store.kind} store is whole: servers may be started on it`,
    ]
  },
})
