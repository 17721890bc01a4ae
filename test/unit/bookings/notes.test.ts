/** Notes of a booking, which who booked it and the practice both write. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { notesWith } from '../../../sync/bookings/notes.ts'

const at = Date.parse('2026-06-15T09:00:00Z')
const line = fc.constantFrom('Limps', 'Bites, muzzle needed', 'Comes by bus', 'Second visit')

describe('Notes of a booking', () => {
  it('are the booker’s to change and to take away while the practice wrote nothing', () => {
    expect(notesWith(null, null, 'Limps', at)).to.equal('Limps')
    expect(notesWith('Limps', 'Limps', 'Limps badly', at)).to.equal('Limps badly')
    expect(notesWith('Limps', 'Limps', null, at)).to.equal(null)
  })

  it('keep what the practice wrote, and hold the booker’s last word once', () => {
    const first = notesWith('Bites', 'Limps', 'Ring me', at)
    expect(first).to.equal('Bites\n\n--- also written 2026-06-15T09:00:00.000Z ---\nRing me')
    const second = notesWith(first, 'Ring me', 'Ring me after six', at + 1000)
    expect(second).to.equal('Bites\n\n--- also written 2026-06-15T09:00:00.000Z ---\nRing me after six')
    expect(notesWith(second, 'Ring me after six', null, at)).to.equal(second)
  })

  it('never lose a line that the booker did not write', () => {
    fc.assert(
      fc.property(line, fc.option(line), fc.option(line), (standing, said, text) => {
        const notes = notesWith(standing, said, text, at) ?? ''
        if (standing !== said) expect(notes.split('\n')).to.include(standing)
        if (text !== null) expect(notes.split('\n')).to.include(text)
      }),
    )
  })
})
