/** Prescriptions: their life, their repeats, and how a request comes onto the day's list. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { prescriptionData, type PrescriptionStatus } from '../../../sync/contract/practice-records.ts'
import type { Role } from '../../../server/contract/call.ts'
import { ProblemError } from '../../../server/http/problem.ts'
import {
  changePrescription,
  makePrescription,
  requestRepeat,
} from '../../../server/services/prescriptions/prescriptions.ts'
import { prescriptionsOf, requestsIn } from '../../../server/services/prescriptions/read.ts'
import { openTestGroup, type TestGroup } from '../../support/group.ts'

const today = '2026-06-15'
const by = randomUUID()
const practitionerId = randomUUID()

describe('prescriptions', () => {
  let practice: TestGroup
  let clientId = ''
  let animalId = ''
  before(async () => {
    practice = await openTestGroup()
  })
  beforeEach(async () => {
    ;({ clientId, animalId } = await practice.household([1, 2]))
  })
  after(() => practice[Symbol.asyncDispose]())

  const writing = () => ({ by, at: practice.clock.now })
  const data = (more: object = {}) =>
    prescriptionData.parse({
      ...{ siteId: 1, clientId, animalId, description: 'Meloxicam', quantity: '10', repeatsAllowed: 1 },
      ...more,
    })
  const make = (more: object = {}, id: string = randomUUID()) =>
    makePrescription(practice.group, { id, data: data(more), kind: 'CUSTOMER', today }, writing())
  const step = (id: string, to: PrescriptionStatus, role: Role = 'vet', expected?: string[]) =>
    changePrescription(
      practice.group,
      {
        ...{ id, to, expected, note: null, messageForCustomer: null },
        by: { userId: by, roles: [role], practitionerId },
      },
      writing(),
    )
  const again = (prescriptionId: string, id: string = randomUUID()) =>
    requestRepeat(
      practice.group,
      { id, prescriptionId, clientId, customerNote: 'Nearly out', kind: 'CUSTOMER', today },
      writing(),
    )
  const codeOf = async (doing: Promise<unknown>): Promise<string> =>
    await doing.then(
      () => 'done',
      (error: unknown) => (error instanceof ProblemError ? error.code : Promise.reject(error as Error)),
    )

  it('go from request to collection, each step with who and when', async () => {
    const { id } = await make()
    for (const to of ['APPROVED', 'DISPENSED', 'COLLECTED'] as const) {
      practice.clock.now += 60_000
      await step(id, to)
    }
    const [record] = await prescriptionsOf(practice.group, animalId)
    expect(record?.status).to.equal('COLLECTED')
    expect(record?.practitionerId).to.equal(practitionerId)
    expect(record?.steps.map((taken) => taken.status)).to.deep.equal([
      ...['REQUESTED', 'APPROVED', 'DISPENSED', 'COLLECTED'],
    ])
    expect(new Set(record?.steps.map((taken) => taken.at)).size).to.equal(4)
    expect(record?.steps.every((taken) => taken.by === by)).to.equal(true)
  })

  it('are approved and declined by vets alone', async () => {
    const { id } = await make()
    for (const role of ['nurse', 'reception', 'customer'] as const)
      for (const to of ['APPROVED', 'DECLINED'] as const)
        expect(await codeOf(step(id, to, role)), `${role} ${to}`).to.equal('ROLE_NOT_ALLOWED')
    expect((await step(id, 'DECLINED')).record.status).to.equal('DECLINED')
  })

  it('take no step that is none', async () => {
    const { id } = await make()
    for (const to of ['REQUESTED', 'DISPENSED', 'COLLECTED'] as const)
      expect(await codeOf(step(id, to)), to).to.equal('STATUS_STEP_NOT_ALLOWED')
    await step(id, 'DECLINED')
    for (const to of ['APPROVED', 'DISPENSED', 'CANCELLED', 'DECLINED'] as const)
      expect(await codeOf(step(id, to)), to).to.equal('STATUS_STEP_NOT_ALLOWED')
    expect(await codeOf(step(randomUUID(), 'APPROVED'))).to.equal('NOT_FOUND')
  })

  it('say what stands to whoever has seen another revision, and change nothing', async () => {
    const { id, revision } = await make()
    await step(id, 'APPROVED', 'vet', [revision])
    const late = await step(id, 'CANCELLED', 'vet', [revision])
    expect(late.outcome).to.equal('stale')
    expect(late.record.status).to.equal('APPROVED')
  })

  it('are made once under one id', async () => {
    const id = randomUUID()
    const first = await make({}, id)
    expect(await make({ description: 'Another' }, id)).to.deep.equal(first)
  })

  it('are repeated as often as allowed, and a declined request costs no repeat', async () => {
    const { id } = await make({ repeatsAllowed: 1 })
    expect(await codeOf(again(id))).to.equal('NO_REPEATS_LEFT')
    await step(id, 'APPROVED')
    const declined = await again(id)
    expect(declined).to.include({ description: 'Meloxicam', repeatOf: id, customerNote: 'Nearly out' })
    expect(await codeOf(again(id))).to.equal('ALREADY_REQUESTED')
    await step(declined.id, 'DECLINED')
    const second = await again(id)
    await step(second.id, 'APPROVED')
    expect(await codeOf(again(id))).to.equal('NO_REPEATS_LEFT')
    expect(await codeOf(again(second.id))).to.equal('NO_REPEATS_LEFT')
    await step(second.id, 'CANCELLED')
    expect((await again(second.id)).repeatOf).to.equal(id)
  })

  it('give the last repeat to one of two that are approved at once', async () => {
    const { id } = await make({ repeatsAllowed: 1 })
    await step(id, 'APPROVED')
    const both = [await again(id)]
    const [first] = both
    await practice.group.db.write([
      {
        ...(await practice.group.db.get(`prescription:${first?.id}`)),
        _id: `prescription:${randomUUID()}`,
        _rev: undefined,
      } as unknown as { _id: string },
    ])
    const open = (await prescriptionsOf(practice.group, animalId)).filter((one) => one.status === 'REQUESTED')
    expect(open).to.have.length(2)
    const outcomes = await Promise.all(open.map((one) => codeOf(step(one.id, 'APPROVED'))))
    expect(outcomes.sort()).to.deep.equal(['NO_REPEATS_LEFT', 'done'])
    const all = await prescriptionsOf(practice.group, animalId)
    expect(all.find((one) => one.id === id)?.repeatsLeft).to.equal(0)
    expect(all.filter((one) => one.status === 'APPROVED')).to.have.length(2)
  })

  it('are refused for who is not known, not theirs, or dead', async () => {
    const other = await practice.household([1])
    expect(await codeOf(make({ clientId: randomUUID() }))).to.equal('UNKNOWN_REFERENCE')
    expect(await codeOf(make({ animalId: other.animalId }))).to.equal('UNKNOWN_REFERENCE')
    const { id } = await make()
    await step(id, 'APPROVED')
    const stolen = { ...other, id: randomUUID(), prescriptionId: id, customerNote: null, today }
    expect(await codeOf(requestRepeat(practice.group, { ...stolen, kind: 'CUSTOMER' }, writing()))).to.equal(
      'UNKNOWN_REFERENCE',
    )
    const died = practice.edit(animalId, null, { deceasedAt: { from: null, to: today } })
    await practice.send('animal', { userId: by, siteIds: [1, 2], practitionerId: null }, [died])
    expect(await codeOf(make())).to.equal('ANIMAL_DECEASED')
  })

  it('asked for stand on the day’s list of their site, until somebody decides', async () => {
    const start = Date.parse('2026-08-03T00:00:00Z')
    const day = 86_400_000
    const bounds = (n: number) => ({
      from: new Date(start + n * day).toISOString(),
      to: new Date(start + (n + 1) * day).toISOString(),
    })
    const idsOn = async (n: number, siteId = 1) =>
      (await requestsIn(practice.group, siteId, bounds(n)))
        .filter((one) => one.animalId === animalId)
        .map((one) => one.id)
    practice.clock.now = start + day / 2
    const first = await make({ siteId: 1 })
    expect(await idsOn(0)).to.deep.equal([first.id])
    expect(await idsOn(0, 2)).to.deep.equal([])
    expect(await idsOn(1)).to.deep.equal([first.id])
    practice.clock.now += day
    const second = await make({ siteId: 1 })
    expect(await idsOn(1)).to.deep.equal([first.id, second.id])
    await step(first.id, 'APPROVED')
    expect(await idsOn(0)).to.deep.equal([first.id])
    expect(await idsOn(1)).to.deep.equal([second.id])
  })
})
