/** What was entered here and has not reached the practice. */
import type { UnsentRecord } from '../../../src/index.ts'
import { useClient, useObservable } from '../use.ts'
import { describeRecord } from './describe.ts'
import { TransferBar } from './transfer.tsx'

export const Waiting = () => {
  const client = useClient()
  const unsent = useObservable<UnsentRecord[]>(() => client.unsent$, [], [client])
  return (
    <section class="card" aria-labelledby="waiting">
      <h2 id="waiting">Waiting to be sent</h2>
      {unsent.length === 0 ? (
        <p>Nothing.</p>
      ) : (
        <ul class="lines">
          {unsent.map(({ collectionName, record, edits }) => (
            <li key={record.id}>
              <span>
                <bdi>{describeRecord(collectionName, record)}</bdi>
                {collectionName === 'documents' && <TransferBar id={record.id} />}
              </span>
              <small>{edits === 1 ? '1 change' : `${edits} changes`}</small>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
