import { expect } from 'chai'
import { conflictHandlerOf, merged } from '../../../mobile-client-lib/src/edits/conflict-handler.ts'
import { itemsOf, withChange } from '../../../mobile-client-lib/src/edits/edit-log.ts'
import type { PendingChange } from '../../../mobile-client-lib/src/edits/pending-edit.ts'
import { OfflineError } from '../../../mobile-client-lib/src/errors.ts'
import { dataOf } from '../../../mobile-client-lib/src/http/event-stream.ts'
import { backOffMs, Link } from '../../../mobile-client-lib/src/http/link.ts'
import { collections } from '../../../mobile-client-lib/src/local/names.ts'
import type { LocalRecord } from '../../../mobile-client-lib/src/local/records.ts'
import { Stop } from '../../../mobile-client-lib/src/stop.ts'
import { maxItems } from '../../../mobile-client-lib/src/sync/limits.ts'
import { Turns } from '../../../mobile-client-lib/src/sync/turns.ts'
import { collections as contracted } from '../../../sync/contract/records.ts'
import { maxBatchItems } from '../../../sync/contract/upload.ts'

const at = '2026-11-23T10:00:00.000Z'
const later = '2026-11-23T10:05:00.000Z'
const animal: LocalRecord = { id: 'a', revision: '1-x', name: 'Bramble', weightGrams: 1, alerts: [] }
const edit = (clientItemId: string, changes: PendingChange['changes']): PendingChange => ({
  ...{ clientItemId, editedAt: at, baseRevision: '1-x' },
  changes,
})

describe('The log of unsent edits', () => {
  let ids = 0
  const log = (before: LocalRecord, after: LocalRecord, folds: string[] = []) =>
    withChange(before, after, {
      type: 'animal',
      editedAt: later,
      newId: () => `new-${(ids += 1)}`,
      mayFold: (id) => folds.includes(id),
    })
  beforeEach(() => void (ids = 0))

  it('says what was there and what was made of it', () => {
    expect(log(animal, { ...animal, weightGrams: 2 })).to.deep.equal([
      {
        clientItemId: 'new-1',
        editedAt: later,
        baseRevision: '1-x',
        changes: { weightGrams: { from: 1, to: 2 } },
      },
    ])
  })

  it('says a unit whole, also what did not change of it', () => {
    const before = { id: 't', revision: '1-x', code: 'A', quantity: '1', unitPrice: 100 }
    const [change] = withChange(
      before,
      { ...before, quantity: '2' },
      { type: 'treatment', editedAt: at, newId: () => 'n', mayFold: () => false },
    ) as PendingChange[]
    expect(change?.changes['quantity']).to.deep.equal({ from: '1', to: '2' })
    expect(change?.changes['code']).to.deep.equal({ from: 'A', to: 'A' })
    expect(change?.changes).to.have.property('vatRate')
  })

  it('never alters an edit that may have been sent', () => {
    const first = edit('e1', { weightGrams: { from: 1, to: 2 } })
    const before = { ...animal, weightGrams: 2, pendingEdits: [first] }
    const [kept, added] = log(before, { ...before, weightGrams: 3 })
    expect(kept).to.equal(first)
    expect(added).to.deep.include({ changes: { weightGrams: { from: 2, to: 3 } } })
  })

  it('folds into one that was not, under a new id', () => {
    const before = {
      ...animal,
      weightGrams: 2,
      pendingEdits: [edit('e1', { weightGrams: { from: 1, to: 2 } })],
    }
    const [only, ...others] = log(before, { ...before, weightGrams: 3 }, ['e1'])
    expect(others).to.deep.equal([])
    expect(only).to.deep.include({ clientItemId: 'new-1', changes: { weightGrams: { from: 1, to: 3 } } })
  })

  it('does not fold where the record has moved on below the edit', () => {
    const before = {
      ...animal,
      ...{ revision: '2-y', weightGrams: 2 },
      pendingEdits: [edit('e1', { weightGrams: { from: 1, to: 2 } })],
    }
    expect(log(before, { ...before, weightGrams: 3 }, ['e1'])).to.have.length(2)
  })

  it('sends a creation as the record stands when it is sent', () => {
    const made = { ...animal, pendingEdits: [{ clientItemId: 'a', editedAt: at, creation: true as const }] }
    const after = { ...made, weightGrams: 9 }
    const pendingEdits = log(made, after)
    expect(pendingEdits).to.deep.equal([{ clientItemId: 'a', editedAt: later, creation: true }])
    expect(itemsOf('animal', { ...after, pendingEdits })).to.deep.equal([
      { clientItemId: 'a', editedAt: later, data: { name: 'Bramble', weightGrams: 9, alerts: [] } },
    ])
  })
})

describe('The conflict handler', () => {
  const master = { ...animal, revision: '2-y', colour: 'bay', _deleted: false }
  const local = {
    ...animal,
    ...{ _deleted: false, weightGrams: 3 },
    pendingEdits: [
      edit('e1', { weightGrams: { from: 1, to: 2 } }),
      edit('e2', { weightGrams: { from: 2, to: 3 } }),
    ],
  }

  it('takes the server’s state, and lays on it what it has no answer for', () => {
    const [, second] = local.pendingEdits
    const result = merged('animal', local, { ...master, weightGrams: 2, recentEdits: ['e1'] })
    expect(result).to.deep.equal({ ...master, weightGrams: 3, pendingEdits: [second] })
  })

  it('takes it as it is, when all is answered, taken or refused', () => {
    expect(merged('animal', local, { ...master, settledEdits: ['e1', 'e2'] })).to.deep.equal(master)
  })

  it('keeps the id alone of what is gone', () => {
    expect(merged('animal', local, { ...master, _deleted: true })).to.deep.equal({ id: 'a', _deleted: true })
  })

  it('calls states equal by their revision, unless one has something unsent', () => {
    const { isEqual } = conflictHandlerOf('animal')
    expect(isEqual(master, { ...master, colour: 'grey' }, '')).to.equal(true)
    expect(isEqual(master, { ...master, revision: '3-z' }, '')).to.equal(false)
    expect(isEqual(master, { ...master, pendingEdits: local.pendingEdits }, '')).to.equal(false)
    expect(isEqual(master, { ...master, _deleted: true }, '')).to.equal(false)
  })
})

describe('The link to the server', () => {
  const unreachable = (): Promise<never> => Promise.reject(new OfflineError('no signal'))

  it('waits longer each time, between half and the whole, and never longer than a minute', () => {
    const timing = (random: number) => ({ firstMs: 1000, longestMs: 60_000, random: () => random })
    expect([1, 2, 3, 10].map((n) => backOffMs(n, timing(1)))).to.deep.equal([1000, 2000, 4000, 60_000])
    expect([1, 2, 3, 10].map((n) => backOffMs(n, timing(0)))).to.deep.equal([500, 1000, 2000, 30_000])
  })

  it('counts attempts that failed together as one failure', async () => {
    const link = new Link({ firstMs: 1000, longestMs: 10_000, random: () => 0 })
    const stop = new Stop()
    let attempts = 0
    const tasks = [1, 2, 3].map(() =>
      link.persist(stop, async () => {
        attempts += 1
        return await (attempts > 3 ? Promise.resolve('through') : unreachable())
      }),
    )
    await new Promise<void>((resolve) => {
      link.online$.subscribe((online) => !online && resolve())
    })
    link.kick()
    expect(await Promise.all(tasks)).to.deep.equal(['through', 'through', 'through'])
    expect(link.online$.value).to.equal(true)
    expect(attempts).to.equal(6)
  })

  it('ends every wait when it is to stop', async () => {
    const link = new Link({ firstMs: 100_000, longestMs: 100_000 })
    const stop = new Stop()
    const waiting = link.persist(stop, unreachable)
    stop.stop()
    link.kick()
    expect(await waiting.catch((error: { code: string }) => error.code)).to.equal('STOPPED')
  })
})

describe('A stream of events', () => {
  it('is read however it is cut', async () => {
    const text = ': connected\n\ndata: {"a":1}\n\ndata: two\ndata: lines\r\n\r\nevent: x\n\ndata: last\n\n'
    for (const size of [1, 2, 3, 7, 1000]) {
      const chunks = async function* () {
        for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size)
      }
      const found: string[] = []
      for await (const data of dataOf(chunks())) found.push(data)
      expect(found).to.deep.equal(['{"a":1}', 'two\nlines', 'last'])
    }
  })
})

describe('Pull and push of one collection', () => {
  it('take turns; pushes share theirs', async () => {
    const turns = new Turns()
    const order: string[] = []
    const pulled = await turns.pull()
    const pushing = [turns.push(), turns.push()].map((turn) =>
      turn.then((done) => (order.push('push'), done)),
    )
    order.push('pull done')
    pulled()
    const [first, second] = await Promise.all(pushing)
    const pulling = turns.pull().then((done) => (order.push('pull'), done()))
    first?.()
    order.push('one push done')
    second?.()
    await pulling
    expect(order).to.deep.equal(['pull done', 'push', 'push', 'one push done', 'pull'])
  })
})

describe('What the library says again of the contract', () => {
  it('is what the contract says', () => {
    expect(collections).to.deep.equal(contracted)
    expect(maxItems).to.equal(maxBatchItems)
  })
})
