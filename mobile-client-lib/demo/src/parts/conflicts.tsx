/** What two people wrote differently: both values, who and when, and one tap to choose. */
import { map } from 'rxjs'
import type { ConflictDoc } from '../../../src/index.ts'
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

const ConflictItem = ({ conflict }: { conflict: ConflictDoc }) => {
  const { conflicts, user } = useClient()
  const { busy, fault, run } = useAction()
  const who = (by: string | null): string => (by === user?.userId ? 'You' : 'Somebody else')
  return (
    <fieldset class="item">
      <legend>
        {conflict.recordType}: {fieldWords(conflict.field)}
      </legend>
      {conflict.values.map(({ value, by, at }, index) => (
        <button
          key={index}
          type="button"
          class="choice secondary outline"
          disabled={busy}
          onClick={() => run(() => conflicts.resolve(conflict.id, { index }))}
        >
          <span>{valueWords(value)}</span>
          <small>
            {who(by)}
            {at && `, ${new Date(at).toLocaleString('en-GB')}`}
          </small>
        </button>
      ))}
      <Fault text={fault} />
    </fieldset>
  )
}
