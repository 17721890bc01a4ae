/** Photos and files of the visit. */
import { map } from 'rxjs'
import type { AnimalDoc, AppointmentDoc, DocumentDoc } from '../../../src/index.ts'
import { useAction, useClient, useObservable } from '../use.ts'
import { Fault } from './fault.tsx'
import { Thumbnail } from './thumbnail.tsx'
import { TransferBar } from './transfer.tsx'

export const Photos = ({
  appointment,
  animals,
}: {
  appointment: AppointmentDoc
  animals: readonly AnimalDoc[]
}) => {
  const { collections, documents } = useClient()
  const { busy, fault, run } = useAction()
  const animal = animals[0]
  const files = useObservable<DocumentDoc[]>(
    () =>
      collections.documents
        .find({ selector: { appointmentId: appointment.id } })
        .$.pipe(map((found) => found.map((doc) => doc.toMutableJSON()))),
    [],
    [appointment.id],
  )
  const add = (file: File, form: HTMLFormElement): void =>
    run(async () => {
      if (!animal) return
      await documents.add(file, {
        ...{ animalId: animal.id, clientId: appointment.clientId, appointmentId: appointment.id },
        ...{ title: file.name, category: file.type.startsWith('image/') ? 'photo' : 'file' },
      })
      form.reset()
    })
  if (!animal) return null
  return (
    <section class="card" aria-labelledby="photos">
      <h2 id="photos">Photos and files</h2>
      {files.length > 0 && (
        <ul class="lines">
          {files.map((file) => {
            const { id, title, size, pendingEdits } = file
            return (
              <li key={id} class="file">
                <Thumbnail file={file} />
                <span>
                  <bdi>{title}</bdi>
                  <small>
                    {Math.ceil((size ?? 0) / 1024)} kB {pendingEdits && <span class="unsent">Not sent</span>}
                  </small>
                  <TransferBar id={id} />
                </span>
              </li>
            )
          })}
        </ul>
      )}
      <form>
        <label class="choose-file" aria-busy={busy}>
          Take a photo or choose a file
          <input
            type="file"
            accept="image/*,application/pdf"
            onChange={(event) => {
              const { files: chosen, form } = event.currentTarget
              if (chosen?.[0] && form) add(chosen[0], form)
            }}
          />
        </label>
        <Fault text={fault} />
      </form>
    </section>
  )
}
