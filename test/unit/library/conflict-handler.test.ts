/** What a device makes of the server's answer for a record. */
import { expect } from 'chai'
import { merged, type Answered } from '../../../mobile-client-lib/src/edits/conflict-handler.ts'
import type { PendingEdit } from '../../../mobile-client-lib/src/edits/pending-edit.ts'

describe('A record that the device is not to hold', () => {
  const id = '00000000-0000-4000-8000-000000000001'
  const editedAt = '2026-06-15T09:00:00.000Z'
  const creation: PendingEdit = { clientItemId: id, editedAt, creation: true }
  const later: PendingEdit = {
    ...{ clientItemId: '00000000-0000-4000-8000-000000000002', editedAt, baseRevision: null },
    changes: { notes: { from: null, to: 'Bring the X-rays' } },
  }
  const answer: Answered = {
    id,
    notes: null,
    revision: '1-a',
    _deleted: false,
    settledEdits: [id],
    leaves: true,
  }

  it('goes when the server has answered for all of it', () => {
    const local = { id, notes: null, pendingEdits: [creation], _deleted: false }
    expect(merged('appointment', local, answer)).to.deep.equal({ id, _deleted: true })
  })

  it('stays until what was edited meanwhile is answered for', () => {
    const local = { id, notes: 'Bring the X-rays', pendingEdits: [creation, later], _deleted: false }
    const kept = merged('appointment', local, answer)
    expect(kept).to.deep.include({ _deleted: false, notes: 'Bring the X-rays', pendingEdits: [later] })
  })
})
