/**
 * What follows from a write and is not in it: other records that are to say so too. A server may end in between, and the
 * device, which has no answer, sends its items again; so it is done as well for what had been written before.
 */
import { linkAwaited, linkLateDocuments } from './awaited-animals.ts'
import type { WorkContext } from './context.ts'
import { mendClashes } from './mend-clashes.ts'
import type { RecordWork } from './record-work.ts'

/** @param works whose records are written, or need not be */
export const followUp = async (
  { target, request }: WorkContext,
  works: readonly RecordWork[],
): Promise<void> => {
  const { type, receivedAt } = request
  const done = works.filter(({ changed, repeated }) => changed || repeated)
  const made = done.filter((work) => work.made || work.repeated).map(({ doc }) => doc)
  if (type === 'animal' && made.length > 0) await linkAwaited(target, made, receivedAt)
  if (type === 'document') await linkLateDocuments(target, made, receivedAt)
  if (type !== 'appointment') return
  const appointments = done.map(({ clashedWith: before, doc, repeated }) => ({ before, doc, repeated }))
  await mendClashes(target, appointments, receivedAt)
}
