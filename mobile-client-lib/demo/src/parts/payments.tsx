/** What is owed for the visit, and taking it. */
import { map } from 'rxjs'
import { newId, type AppointmentDoc, type PaymentDoc } from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { lineTotal, minorUnits, money } from '../words.ts'
import { Fault } from './fault.tsx'
import { useVisitTreatments } from './visit-treatments.ts'

const methods = { CARD: 'Card', CASH: 'Cash', CHEQUE: 'Cheque', TRANSFER: 'Bank transfer' }

export const Payments = ({
  appointment,
  animalIds,
}: {
  appointment: AppointmentDoc
  animalIds: readonly string[]
}) => {
  const { collections } = useClient()
  const { busy, fault, run } = useAction()
  const lines = useVisitTreatments(appointment.id, animalIds)
  const currency = lines[0]?.currency ?? 'GBP'
  const payments = useObservable<PaymentDoc[]>(
    () =>
      collections.payments
        .find({ selector: { clientId: appointment.clientId, appointmentId: appointment.id } })
        .$.pipe(map((found) => found.map((doc) => doc.toMutableJSON()))),
    [],
    [appointment.id],
  )
  const owed = lines.filter(({ voided }) => !voided).reduce((sum, line) => sum + lineTotal(line), 0)
  const due = owed - payments.reduce((sum, { amount }) => sum + amount, 0)
  const take = (form: HTMLFormElement): void => {
    const given = new FormData(form)
    run(async () => {
      const amount = minorUnits(formText(given, 'amount'))
      if (!amount) throw new Error('Give the amount as 12.50')
      await collections.payments.insert({
        ...{ id: newId(), clientId: appointment.clientId, appointmentId: appointment.id, amount, currency },
        ...{ method: formText(given, 'method'), takenAt: new Date().toISOString() },
      })
      if (amount >= due) {
        const doc = await collections.appointments.findOne(appointment.id).exec(true)
        await doc.incrementalPatch({ status: 'PAID' })
      }
    })
  }
  return (
    <section class="card" aria-labelledby="payments">
      <h2 id="payments">Payment</h2>
      {payments.length > 0 && (
        <ul class="lines">
          {payments.map(({ id, method, amount, currency: paidIn, pendingEdits }) => (
            <li key={id}>
              <span>
                {methods[method as keyof typeof methods] ?? method}
                {pendingEdits && <small class="unsent">Not sent</small>}
              </span>
              <span class="amount">{money(amount, paidIn)}</span>
            </li>
          ))}
        </ul>
      )}
      <p>
        {due > 0 ? (
          <>
            <strong>{money(due, currency)}</strong> to pay
          </>
        ) : (
          'Nothing to pay'
        )}
      </p>
      {due > 0 && (
        <form
          key={due}
          onSubmit={(event) => {
            event.preventDefault()
            take(event.currentTarget)
          }}
        >
          <div class="grid two">
            <label>
              Amount
              <input name="amount" inputmode="decimal" required defaultValue={(due / 100).toFixed(2)} />
            </label>
            <label>
              By
              <select name="method">
                {Object.entries(methods).map(([method, name]) => (
                  <option key={method} value={method}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <button disabled={busy}>Take payment</button>
        </form>
      )}
      <Fault text={fault} />
    </section>
  )
}
