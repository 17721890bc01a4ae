/** Which of a batch's writes the witness hears of: voids and reversals (I5). */
import type { WorkContext } from './context.ts'
import type { RecordWork } from './record-work.ts'
import type { RecordedWrite } from './witness.ts'

/** @param changed what is about to be written */
export const tellWitness = async (
  { target, request, told }: WorkContext,
  changed: readonly RecordWork[],
): Promise<void> => {
  const { witness, groupId } = target
  if (!witness || (request.type !== 'treatment' && request.type !== 'payment')) return
  const whose = { by: request.actor.userId, deviceId: request.deviceId }
  const writes = changed.flatMap((work): RecordedWrite[] => {
    const { recordId: id } = work
    if (work.histories.some(({ changes }) => changes['voided']))
      return [{ kind: 'VOIDED', type: 'treatment', id, ...whose }]
    const of = work.made && request.type === 'payment' ? work.doc['reversalOf'] : null
    return typeof of === 'string'
      ? [{ kind: 'REVERSED', type: 'payment', id: of, ...whose, detail: { reversal: id } }]
      : []
  })
  const news = writes.filter(({ id }) => !told.has(id))
  for (const { id } of news) told.add(id)
  if (news.length > 0) await witness(groupId, news)
}
