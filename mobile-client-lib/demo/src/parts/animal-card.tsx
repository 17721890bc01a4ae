/** An animal: what to beware of, its weight, its past. */
import { combineLatest, map } from 'rxjs'
import type { AnimalDoc } from '../../../src/index.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { dayAndTime, weight } from '../words.ts'
import { Fault } from './fault.tsx'

export const AnimalCard = ({ animal, zone }: { animal: AnimalDoc; zone: string }) => {
  const { allergies = [], alerts = [] } = animal
  const facts = [animal.species, animal.breed, animal.sex, animal.colour].filter(Boolean).join(', ')
  return (
    <section class="card" aria-label={animal.name ?? 'Animal'}>
      <h2 dir="auto">{animal.name ?? 'Unnamed animal'}</h2>
      {allergies.length > 0 && (
        <p class="allergy">
          <strong>Allergic to</strong> <bdi>{allergies.join(', ')}</bdi>
        </p>
      )}
      {alerts.length > 0 && (
        <p class="alert">
          <strong>Beware</strong> <bdi>{alerts.join(', ')}</bdi>
        </p>
      )}
      <p>
        {facts}
        {animal.dateOfBirth && ` · born ${animal.dateOfBirth}`}
        {animal.microchip && ` · chip ${animal.microchip}`}
      </p>
      <Weight animal={animal} />
      {animal.notes && (
        <p class="animal-notes" dir="auto">
          {animal.notes}
        </p>
      )}
      <details>
        <summary>History</summary>
        <History animalId={animal.id} zone={zone} />
      </details>
    </section>
  )
}

const Weight = ({ animal }: { animal: AnimalDoc }) => {
  const { collections } = useClient()
  const { busy, fault, run } = useAction()
  return (
    <details>
      <summary>Weight: {weight(animal.weightGrams)}</summary>
      <form
        class="inline"
        onSubmit={(event) => {
          event.preventDefault()
          const form = event.currentTarget
          const kilograms = Number(new FormData(form).get('kilograms'))
          run(async () => {
            const doc = await collections.animals.findOne(animal.id).exec(true)
            await doc.incrementalPatch({ weightGrams: Math.round(kilograms * 1000) })
            form.closest('details')?.removeAttribute('open')
          })
        }}
      >
        <label>
          New weight in kg
          <input
            name="kilograms"
            type="number"
            inputmode="decimal"
            min="0.001"
            max="100000"
            step="0.001"
            required
          />
        </label>
        <button disabled={busy}>Save weight</button>
        <Fault text={fault} />
      </form>
    </details>
  )
}

interface Past {
  id: string
  at: string
  text: string
}

/** What this phone holds of the animal's past, newest first. */
const History = ({ animalId, zone }: { animalId: string; zone: string }) => {
  const { collections } = useClient()
  const past = useObservable<Past[] | null>(
    () =>
      combineLatest([
        collections.treatments.find({ selector: { animalId } }).$,
        collections.documents.find({ selector: { animalId } }).$,
        collections.appointments.find({ selector: { animalIds: { $elemMatch: { $eq: animalId } } } }).$,
        collections.treatmentCodes.find().$,
      ]).pipe(
        map(([treatments, documents, appointments, codes]) => {
          const names = new Map(codes.map(({ code, name }) => [code, name]))
          return [
            ...treatments.map(({ id, treatedAt, description, code, quantity, notes, voided }) => ({
              ...{ id, at: treatedAt },
              text: [
                `${description ?? names.get(code ?? '') ?? code ?? ''} × ${quantity}${voided ? ' (voided)' : ''}`,
                ...(notes ? [notes] : []),
              ].join(' – '),
            })),
            ...documents.map(({ id, createdAt, title }) => ({
              id,
              at: createdAt ?? '',
              text: `File: ${title}`,
            })),
            ...appointments.map(({ id, startsAt, reasonText, notes }) => ({
              ...{ id, at: startsAt },
              text: [`Visit: ${reasonText ?? 'appointment'}`, ...(notes ? [notes] : [])].join(' – '),
            })),
          ].sort((a, b) => (a.at < b.at ? 1 : -1))
        }),
      ),
    null,
    [animalId],
  )
  if (!past) return <p aria-busy="true">Looking…</p>
  if (past.length === 0) return <p>Nothing on this phone.</p>
  return (
    <ul class="history">
      {past.map(({ id, at, text }) => (
        <li key={id}>
          <small>{dayAndTime(at, zone)}</small> <bdi>{text}</bdi>
        </li>
      ))}
    </ul>
  )
}
