/** Reminders as records. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { reminderData } from '../../../sync/contract/practice-records.ts'
import { ProblemError } from '../../../server/http/problem.ts'
import { changeReminder, makeReminder, remindersOf } from '../../../server/services/reminders/reminders.ts'
import { openTestGroup, type TestGroup } from '../../support/group.ts'

describe('reminders', () => {
  let practice: TestGroup
  before(async () => {
    practice = await openTestGroup()
  })
  after(() => practice[Symbol.asyncDispose]())

  const writing = () => ({ by: randomUUID(), at: practice.clock.now })
  const make = (of: { clientId: string; animalId: string | null }, dueOn: string) =>
    makeReminder(
      practice.group,
      {
        id: randomUUID(),
        data: reminderData.parse({ ...of, siteId: 1, kind: 'VACCINATION', text: 'Booster', dueOn }),
      },
      writing(),
    )

  it('are listed by the day they are due, of an animal and of its client', async () => {
    const home = await practice.household([1, 2])
    const [late, early] = [await make(home, '2026-09-01'), await make(home, '2026-07-01')]
    const general = await make({ ...home, animalId: null }, '2026-08-01')
    const ids = async (whose: 'client' | 'animal', id: string) =>
      (await remindersOf(practice.group, whose, id)).map((one) => one.id)
    expect(await ids('animal', home.animalId)).to.deep.equal([early.id, late.id])
    expect(await ids('client', home.clientId)).to.deep.equal([early.id, general.id, late.id])
    expect(early.siteIds).to.deep.equal([1, 2])
  })

  it('are settled with who and when, and can be opened again', async () => {
    const home = await practice.household([1])
    const { id, revision } = await make(home, '2026-09-01')
    const by = randomUUID()
    const change = (changes: object, expected?: string[]) =>
      changeReminder(practice.group, { id, expected, changes }, { by, at: practice.clock.now })
    await change({ status: 'DONE' })
    const [done] = await remindersOf(practice.group, 'animal', home.animalId)
    expect(done).to.include({ status: 'DONE', settledBy: by })
    expect((await change({ text: 'x' }, [revision])).outcome).to.equal('stale')
    expect((await change({ status: 'DONE' })).outcome).to.equal('unchanged')
    await change({ status: 'OPEN', dueOn: '2026-10-01' })
    const [open] = await remindersOf(practice.group, 'animal', home.animalId)
    expect(open).to.include({ status: 'OPEN', settledBy: null, dueOn: '2026-10-01' })
  })

  it('are refused for a client that is not known, or another client’s animal', async () => {
    const [home, other] = [await practice.household([1]), await practice.household([1])]
    for (const of of [
      { ...home, clientId: randomUUID() },
      { ...home, animalId: other.animalId },
    ]) {
      const error = await make(of, '2026-09-01').catch((caught: unknown) => caught)
      expect(error).to.be.instanceOf(ProblemError)
      expect((error as ProblemError).code).to.equal('UNKNOWN_REFERENCE')
    }
  })
})
