/** `Upload-Concat: final;…` (tus 1.0, concatenation extension): several parts, sent at once, become one upload. */
import { randomUUID } from 'node:crypto'
import type { FileStorage } from '../storage/port.ts'
import { expirationMs, keyOf, type Turn } from './partial-store.ts'
import type { UploadMetadata, UploadState, UploadStates } from './upload-states.ts'

/** More parts than any client sends at once. */
const mostParts = 100

export type JoinFault =
  /** Not a list of uploads. */
  | 'MALFORMED'
  /** One of them does not exist, or is another user's. */
  | 'UNKNOWN_PART'
  /** One of them was not begun as a part, has not arrived whole, or was joined into something else. */
  | 'PART_NOT_READY'

/** The parts cannot be joined. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused'
  readonly fault: JoinFault
  constructor(fault: JoinFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** The ids of the parts in the header's value, in order. */
const partsIn = (concat: string): string[] => {
  const ids = concat
    .replace(/^final;/, '')
    .trim()
    .split(/\s+/)
    .map((url) => /([0-9a-f-]{36})\/?$/.exec(url)?.[1])
  const known = ids.filter((id) => id !== undefined)
  if (
    known.length !== ids.length ||
    known.length === 0 ||
    known.length > mostParts ||
    new Set(known).size < known.length
  )
    throw new JoinRefused('MALFORMED', 'Upload-Concat must name the parts, each once')
  return known
}

export interface Joining {
  files: FileStorage
  states: UploadStates
  turn: Turn
  concat: `final;${string}`
  metadata: UploadMetadata
}

const readyPart = async ({ files, turn }: Joining, state: UploadState | undefined): Promise<UploadState> => {
  if (state?.groupId !== turn.groupId || state.userId !== turn.userId || state.expiresAt <= turn.at)
    throw new JoinRefused('UNKNOWN_PART', 'There is no such upload')
  const held = state.joined === null ? await files.partials.size(keyOf(state)) : (state.size ?? undefined)
  if (state.concat !== 'partial' || held === undefined || held !== state.size)
    throw new JoinRefused('PART_NOT_READY', 'Each part must have arrived whole')
  return state
}

/** Joins parts into an upload and finishes it. The same again is answered as before. @returns the upload's id */
export const join = async (joining: Joining): Promise<string> => {
  const { states, files, turn, concat, metadata } = joining
  const ids = partsIn(concat)
  const parts = await Promise.all(ids.map(async (id) => await readyPart(joining, await states.get(id))))
  const before = parts[0]?.joined ?? null
  if (before !== null && parts.every(({ joined }) => joined === before)) return before
  if (parts.some(({ joined }) => joined !== null))
    throw new JoinRefused('PART_NOT_READY', 'A part was joined into another upload')
  const size = parts.reduce((sum, part) => sum + (part.size ?? 0), 0)
  await turn.check(metadata, size)
  const documentId = await complete(joining, parts)
  const id = randomUUID()
  const { groupId, userId, at } = turn
  const times = { createdAt: at, expiresAt: at + expirationMs }
  await states.create({ id, groupId, userId, size, metadata, concat, ...times, documentId, joined: null })
  for (const part of parts) {
    await states.change(part.id, { joined: id })
    await files.partials.remove(keyOf(part))
  }
  return id
}

const complete = async (
  { files, states, turn, metadata }: Joining,
  parts: readonly UploadState[],
): Promise<string> => {
  await using staged = await files.partials.stage(turn.groupId, parts.map(keyOf))
  try {
    return await turn.complete(metadata, staged)
  } catch (error) {
    if (turn.refuses(error))
      for (const part of parts) {
        await files.partials.remove(keyOf(part))
        await states.remove(part.id)
      }
    throw error
  }
}
