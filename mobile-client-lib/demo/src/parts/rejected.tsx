/** What the practice refused: the reason, the means to mend it, or to drop it. */
import type { RejectedItem as Refused } from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { describeRecord, fieldWords, valueWords } from './describe.ts'
import { Fault } from './fault.tsx'

export const Rejected = () => {
  const { rejected } = useClient()
  const items = useObservable<Refused[]>(() => rejected.items$, [], [rejected])
  if (items.length === 0) return null
  return (
    <section class="card attention" aria-labelledby="rejected">
      <h2 id="rejected">Not taken by the practice</h2>
      {items.map((item) => (
        <RejectedItem key={item.id} item={item} parent={items.find(({ id }) => id === item.waitsFor)} />
      ))}
    </section>
  )
}

/** `data.quantity` → `quantity`; null where the fault is of no single field. */
const fieldOf = (path: string): string | null => /^(?:data|changes)\.([A-Za-z]+)/.exec(path)?.[1] ?? null

const valueIn = (item: Refused['item'], field: string): unknown => {
  const data = item['data'] as Record<string, unknown> | undefined
  const changes = item['changes'] as Record<string, { to: unknown }> | undefined
  return data ? data[field] : changes?.[field]?.to
}

/** What was entered: all of a new record, or what a change was to become. */
const enteredIn = ({ item }: Refused): Record<string, unknown> => {
  const changes = Object.entries((item['changes'] ?? {}) as Record<string, { to: unknown }>)
  return {
    ...(item['data'] as object | undefined),
    ...Object.fromEntries(changes.map(([k, { to }]) => [k, to])),
  }
}

/** In words: a new record by its kind, a change by what of which record it changes. */
const inWords = (refused: Refused): string => {
  const entered = enteredIn(refused)
  if (!('changes' in refused.item)) return describeRecord(refused.collectionName, entered)
  const kind = refused.collectionName.replace(/s$/, '')
  const changed = Object.entries(entered).map(([field, to]) => `${fieldWords(field)} to ${valueWords(to)}`)
  return `Change of the ${kind}’s ${changed.join(', ')}`
}

const RejectedItem = ({ item, parent }: { item: Refused; parent: Refused | undefined }) => {
  const { rejected } = useClient()
  const { busy, fault, run } = useAction()
  const fields = [...new Set(item.errors.flatMap(({ path }) => fieldOf(path) ?? []))]
  const retry = (form: HTMLFormElement): void => {
    const given = new FormData(form)
    run(async () => {
      const mended: Record<string, unknown> = {}
      for (const field of fields) {
        const before = valueIn(item.item, field)
        const after = formText(given, field)
        if (after !== textOf(before))
          mended[field] = typeof before === 'number' ? Number(after) : after || null
      }
      await rejected.retry(item.id, mended)
    })
  }
  return (
    <form
      class="item"
      onSubmit={(event) => {
        event.preventDefault()
        retry(event.currentTarget)
      }}
    >
      <strong dir="auto">{inWords(item)}</strong>
      <ul>
        {item.errors.map(({ path, message }) => (
          <li key={path + message}>
            {fieldOf(path) && <em>{fieldWords(fieldOf(path) ?? '')}: </em>}
            {message}
          </li>
        ))}
      </ul>
      {parent ? (
        <p>
          It waits for <bdi>{inWords(parent)}</bdi>, and goes out by itself once that is taken.
        </p>
      ) : (
        item.retryable && <p>It is tried again by itself.</p>
      )}
      {fields.map((field) => (
        <label key={field}>
          {fieldWords(field)}
          <input name={field} defaultValue={textOf(valueIn(item.item, field))} />
        </label>
      ))}
      <div class="grid two">
        <button disabled={busy}>Send again</button>
        <button
          type="button"
          class="secondary outline"
          disabled={busy}
          onClick={() => run(() => rejected.discard(item.id))}
        >
          Drop it
        </button>
      </div>
      <Fault text={fault} />
    </form>
  )
}

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : valueWords(value))
