/** Taking a line back: one that was not sent yet is dropped, one that was is voided, with the reason. */
import { formText } from '../form-text.ts'
import { useAction, useClient } from '../use.ts'
import { Fault } from './fault.tsx'
import type { VisitLine } from './visit-treatments.ts'

export const VoidLine = ({ line }: { line: VisitLine }) => {
  const { collections } = useClient()
  const { busy, fault, run } = useAction()
  const wasSent = line.revision !== undefined
  const takeBack = (reason: string): void =>
    run(async () => {
      const doc = await collections.treatments.findOne(line.id).exec(true)
      await doc.incrementalPatch({ voided: { reason } })
    })
  const drop = (): void =>
    run(async () => {
      const doc = await collections.treatments.findOne(line.id).exec(true)
      await doc.remove()
    })
  return (
    <details class="take-back">
      <summary>
        Take back<span class="sr"> {line.name}</span>
      </summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (wasSent) takeBack(formText(new FormData(event.currentTarget), 'reason'))
          else drop()
        }}
      >
        {wasSent && (
          <label>
            Reason
            <input name="reason" required defaultValue="Entered by mistake" />
          </label>
        )}
        <button class="secondary" disabled={busy}>
          {wasSent ? 'Void this line' : 'Drop this line'}
        </button>
        <Fault text={fault} />
      </form>
    </details>
  )
}
