/** What two people wrote differently: both values, who and when, and one tap to choose. */
import { map, of, switchMap } from 'rxjs'
import type { ConflictDoc, VetspaceCollections } from '../../../src/index.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { fieldWords, valueWords } from './describe.ts'
import { Fault } from './fault.tsx'

export const Conflicts = () => {
  const { collections } = useClient()
  const open = useObservable<ConflictDoc[]>(
    () =>
      collections.conflicts
        .find()
        .$.pipe(
          map((found) => found.map((doc) => doc.toMutableJSON()).filter(({ resolution }) => !resolution)),
        ),
    [],
    [collections],
  )
  if (open.length === 0) return null
  return (
    <section class="card attention" aria-labelledby="conflicts">
      <h2 id="conflicts">Written differently by two people</h2>
      {open.map((conflict) => (
        <ConflictItem key={conflict.id} conflict={conflict} />
      ))}
    </section>
  )
}

/** What the record is, in a few words. */
const describing = async (collections: VetspaceCollections, conflict: ConflictDoc): Promise<string> => {
  const { recordType, recordId } = conflict
  if (recordType === 'animal') return (await collections.animals.findOne(recordId).exec())?.name ?? ''
  if (recordType === 'client') return (await collections.clients.findOne(recordId).exec())?.lastName ?? ''
  if (recordType !== 'appointment') return ''
  const visit = await collections.appointments.findOne(recordId).exec()
  const animals = await collections.animals.findByIds([...(visit?.animalIds ?? [])]).exec()
  const day = visit ? new Date(visit.startsAt).toLocaleDateString('en-GB') : ''
  return [...[...animals.values()].map(({ name }) => name), day].filter(Boolean).join(', ')
}

const ConflictItem = ({ conflict }: { conflict: ConflictDoc }) => {
  const { conflicts, collections, user } = useClient()
  const { busy, fault, run } = useAction()
  const who = ({ by, byName }: ConflictDoc['values'][number]): string =>
    by === user?.userId ? 'You' : (byName ?? 'Somebody else')
  const about = useObservable<string>(
    () => of(conflict).pipe(switchMap(() => describing(collections, conflict))),
    '',
    [conflict.recordId],
  )
  return (
    <fieldset class="item">
      <legend>
        {conflict.recordType}: {fieldWords(conflict.field)}
        {about && (
          <>
            {' of '}
            <bdi>{about}</bdi>
          </>
        )}
      </legend>
      {conflict.values.map((written, index) => (
        <button
          key={index}
          type="button"
          class="choice secondary outline"
          disabled={busy}
          onClick={() => run(() => conflicts.resolve(conflict.id, { index }))}
        >
          <span dir="auto">{valueWords(written.value)}</span>
          <small>
            {who(written)}
            {written.at && `, ${new Date(written.at).toLocaleString('en-GB')}`}
          </small>
        </button>
      ))}
      <Fault text={fault} />
    </fieldset>
  )
}
