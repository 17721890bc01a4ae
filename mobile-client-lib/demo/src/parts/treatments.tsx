/** What was done: from the price list, found by a few letters. */
import { map } from 'rxjs'
import { useState } from 'preact/hooks'
import { newId, type AnimalDoc, type AppointmentDoc, type TreatmentCodeDoc } from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { lineTotal, money } from '../words.ts'
import { Fault } from './fault.tsx'
import { useVisitTreatments } from './visit-treatments.ts'
import { VoidLine } from './void-line.tsx'

interface Props {
  appointment: AppointmentDoc
  animals: readonly AnimalDoc[]
}

export const Treatments = ({ appointment, animals }: Props) => {
  const lines = useVisitTreatments(appointment.id, appointment.animalIds ?? [])
  const total = lines.filter(({ voided }) => !voided).reduce((sum, line) => sum + lineTotal(line), 0)
  return (
    <section class="card" aria-labelledby="treatments">
      <h2 id="treatments">Treatments</h2>
      {lines.length > 0 && (
        <ul class="lines">
          {lines.map((line) => (
            <li key={line.id} class={line.voided ? 'voided' : ''}>
              <span>
                <bdi>{line.name}</bdi>
                {animals.length > 1 && <small> {animals.find(({ id }) => id === line.animalId)?.name}</small>}
                {line.notes && (
                  <small class="note">
                    <bdi>{line.notes}</bdi>
                  </small>
                )}
                {line.pendingEdits && <small class="unsent">Not sent</small>}
                {!line.voided && !line.invoiceId && <VoidLine line={line} />}
              </span>
              <span class="amount">
                {Number(line.quantity) !== 1 && <small>{line.quantity} × </small>}
                {money(lineTotal(line), line.currency ?? 'GBP')}
              </span>
            </li>
          ))}
          <li class="total">
            <span>With VAT</span>
            <span class="amount">{money(total, lines[0]?.currency ?? 'GBP')}</span>
          </li>
        </ul>
      )}
      {animals.length > 0 && <AddTreatment appointment={appointment} animals={animals} />}
    </section>
  )
}

const AddTreatment = ({ appointment, animals }: Props) => {
  const { collections, user } = useClient()
  const { busy, fault, run } = useAction()
  const [words, setWords] = useState('')
  const [code, setCode] = useState<TreatmentCodeDoc | null>(null)
  const save = (form: HTMLFormElement): void => {
    const given = new FormData(form)
    run(async () => {
      if (!code) throw new Error('Choose from the price list first.')
      await collections.treatments.insert({
        ...{
          id: newId(),
          animalId: formText(given, 'animalId') || (animals[0]?.id ?? ''),
          appointmentId: appointment.id,
        },
        ...{
          practitionerId: user?.practitionerId ?? null,
          code: code.code,
          quantity: formText(given, 'quantity'),
        },
        ...{
          unitPrice: code.unitPrice,
          fixedPrice: code.fixedPrice,
          currency: code.currency,
          vatRate: code.vatRate,
        },
        ...{ notes: formText(given, 'notes') || null, treatedAt: new Date().toISOString() },
      })
      form.reset()
      setCode(null)
      setWords('')
    })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save(event.currentTarget)
      }}
    >
      <label>
        Add from the price list
        <input
          type="search"
          value={code ? code.name : words}
          placeholder="A few letters, or a code"
          autocomplete="off"
          onInput={(event) => {
            setCode(null)
            setWords(event.currentTarget.value)
          }}
        />
      </label>
      {!code && words.trim().length > 1 && <Found words={words} onChosen={setCode} />}
      {code && (
        <>
          {animals.length > 1 && (
            <label>
              Animal
              <select name="animalId">
                {animals.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <div class="grid two">
            <label>
              Quantity{code.sellingUnit ? ` (${code.sellingUnit})` : ''}
              <input
                name="quantity"
                inputmode="decimal"
                pattern="\d{1,6}(\.\d{1,6})?"
                required
                defaultValue="1"
              />
            </label>
            <label>
              Note
              <input name="notes" />
            </label>
          </div>
          <button disabled={busy}>Add {code.name}</button>
        </>
      )}
      <Fault text={fault} />
    </form>
  )
}

const shown = 8

/** Codes whose name or code holds all the words. */
const Found = ({ words, onChosen }: { words: string; onChosen: (code: TreatmentCodeDoc) => void }) => {
  const { collections } = useClient()
  const codes = useObservable<TreatmentCodeDoc[]>(
    () => collections.treatmentCodes.find().$.pipe(map((found) => found.map((doc) => doc.toMutableJSON()))),
    [],
    [],
  )
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found = codes
    .filter(
      ({ active, code, name }) => active && wanted.every((w) => `${code} ${name}`.toLowerCase().includes(w)),
    )
    .slice(0, shown)
  if (found.length === 0) return <p>Nothing like it in the price list.</p>
  return (
    <ul class="found" aria-label="Found in the price list">
      {found.map((code) => (
        <li key={code.code}>
          <button type="button" class="plain" onClick={() => onChosen(code)}>
            <span>{code.name}</span>
            <small>
              {code.code} · {money(code.unitPrice + code.fixedPrice, code.currency)}
              {code.drugSchedule && ` · ${code.drugSchedule}`}
            </small>
          </button>
        </li>
      ))}
    </ul>
  )
}
