/** What the practice refused: the reason, the means to mend it, or to drop it. */
import { map } from 'rxjs'
import type { RejectedDoc } from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { describeRecord, fieldWords, valueWords } from './describe.ts'
import { Fault } from './fault.tsx'

export const Rejected = () => {
  const { collections } = useClient()
  const items = useObservable<RejectedDoc[]>(
    () => collections.rejected.find().$.pipe(map((found) => found.map((doc) => doc.toMutableJSON()))),
    [],
    [collections],
  )
  if (items.length === 0) return null
  return (
    <section class="card attention" aria-labelledby="rejected">
      <h2 id="rejected">Not taken by the practice</h2>
      {items.map((item) => (
        <RejectedItem key={item.id} item={item} />
      ))}
    </section>
  )
}

/** `data.quantity` → `quantity`; null where the fault is of no single field. */
const fieldOf = (path: string): string | null => /^(?:data|changes)\.([A-Za-z]+)/.exec(path)?.[1] ?? null

const valueIn = (item: RejectedDoc['item'], field: string): unknown => {
  const data = item['data'] as Record<string, unknown> | undefined
  const changes = item['changes'] as Record<string, { to: unknown }> | undefined
  return data ? data[field] : changes?.[field]?.to
}

const RejectedItem = ({ item }: { item: RejectedDoc }) => {
  const { rejected } = useClient()
  const { busy, fault, run } = useAction()
  const fields = [...new Set(item.errors.flatMap(({ path }) => fieldOf(path) ?? []))]
  const shown = { ...(item.item['data'] as object | undefined) }
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
      <strong>{describeRecord(item.collectionName, shown)}</strong>
      <ul>
        {item.errors.map(({ path, message }) => (
          <li key={path + message}>
            {fieldOf(path) && <em>{fieldWords(fieldOf(path) ?? '')}: </em>}
            {message}
          </li>
        ))}
      </ul>
      {item.retryable && <p>It is tried again by itself.</p>}
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
