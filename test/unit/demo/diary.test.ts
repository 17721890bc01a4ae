import { expect } from 'chai'
import { diaryOf } from '../../../server/demo/diary.ts'
import { households } from '../../../server/demo/households.ts'
import { demoGroups } from '../../../server/demo/practice.ts'

const dayMs = 86_400_000
const days = Array.from({ length: 3 * 366 }, (_, n) =>
  new Date(Date.UTC(2026, 0, 1) + n * dayMs).toISOString().slice(0, 10),
)

describe('the diary of the demo practice', () => {
  for (const group of demoGroups) {
    const stamp = { groupId: group.groupId, at: '2026-01-05T09:00:00.000Z' }
    const homes = households(group, stamp)
    for (const practitioner of group.practitioners)
      it(`gives ${practitioner.name} four appointments or more a day, on Sundays and holidays too`, () => {
        const thin = days.filter(
          (date) => diaryOf({ stamp, practitioner, households: homes, date, today: date }).length < 4,
        )
        expect(thin).to.deep.equal([])
      })
  }
})
