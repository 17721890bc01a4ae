/** The visit's notes, saved as one types. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { AppointmentDoc } from '../../../src/index.ts'
import { useAction, useClient } from '../use.ts'
import { Fault } from './fault.tsx'

/** A pause this long is taken for the end of a thought; ms. */
const restMs = 800

export const Notes = ({ appointment }: { appointment: AppointmentDoc }) => {
  const { collections } = useClient()
  const { fault, run } = useAction()
  const [typed, setTyped] = useState<string | null>(null)
  const waiting = useRef<{ timer: number; save: () => void } | null>(null)
  // Leaving the screen, or putting the phone away, saves what was just typed.
  const flush = (): void => waiting.current?.save()
  useEffect(() => {
    document.addEventListener('visibilitychange', flush)
    return () => {
      document.removeEventListener('visibilitychange', flush)
      flush()
    }
  }, [])
  const onType = (text: string): void => {
    setTyped(text)
    if (waiting.current) clearTimeout(waiting.current.timer)
    const save = (): void => {
      if (waiting.current) clearTimeout(waiting.current.timer)
      waiting.current = null
      run(async () => {
        const doc = await collections.appointments.findOne(appointment.id).exec(true)
        await doc.incrementalPatch({ notes: text || null })
        if (!waiting.current) setTyped(null)
      })
    }
    waiting.current = { timer: window.setTimeout(save, restMs), save }
  }
  return (
    <section class="card" aria-labelledby="notes">
      <h2 id="notes">Notes</h2>
      <textarea
        aria-labelledby="notes"
        dir="auto"
        rows={4}
        value={typed ?? appointment.notes ?? ''}
        onInput={(event) => onType(event.currentTarget.value)}
        onBlur={flush}
      />
      <small>{typed === null ? 'Saved on this phone' : 'Writing…'}</small>
      <Fault text={fault} />
    </section>
  )
}
