/** What lies on the device, where the app asked for it to be encrypted. */
import { expect } from 'chai'
import { newId, type VetspaceError } from '../../../mobile-client-lib/src/index.ts'
import { fieldsNamed, isSealed } from '../../../mobile-client-lib/src/local/sealed-fields.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { hoofTrim } from './practice-api.ts'

const codeOf = async (attempt: Promise<unknown>): Promise<string> =>
  await attempt.then(
    () => 'no error',
    (error: VetspaceError) => error.code,
  )

describe('The client library, with an encryptionPassword', () => {
  let server: TestServer
  let device: DeviceHere
  before(async () => void (server = await startServer(fewDays)))
  after(() => server[Symbol.asyncDispose]())
  beforeEach(() => void (device = new DeviceHere(server.url, { encryptionPassword: 'of the keychain' })))
  afterEach(() => device.close())

  /** Words of people, animals and work that must not be read on the device. */
  const words = async (): Promise<string[]> => {
    const { clients, animals } = device.client.collections
    const people = await clients.find().exec()
    const beasts = await animals.find().exec()
    return [
      ...people.map(({ lastName }) => `"${lastName}"`),
      ...beasts.map(({ name }) => `"${String(name)}"`),
    ]
  }

  it('keeps nothing personal or clinical that could be read, sent or not', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    const [animal] = await client.collections.animals.find().exec()
    await animal?.incrementalPatch({ notes: 'Kicks when touched', alerts: ['kicks'] })
    await client.collections.treatments.insert({ ...hoofTrim(animal?.id ?? ''), notes: 'Abscess lanced' })
    const png = new Uint8Array([137, 80, 78, 71, ...new TextEncoder().encode('picture of the wound')])
    await client.documents.add(png, {
      animalId: animal?.id ?? '',
      title: 'Wound of Bramble',
      category: 'photo',
    })
    const look = async (): Promise<void> => {
      const stored = device.stored()
      expect(stored).to.include('sealed')
      const found = [...(await words()), 'Kicks when', 'Abscess', 'Wound of'].filter((word) =>
        stored.includes(word),
      )
      expect(found).to.deep.equal([])
      expect(stored).to.not.include(Buffer.from('picture of the wound').toString('base64').slice(4, 20))
    }
    expect(await words()).to.have.length.greaterThan(50)
    await look()
    await client.sync.syncNow()
    expect(client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
    await look()
  })

  it('reads it again after a restart, offline too, with what was unsent', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    const id = newId()
    await client.collections.clients.insert({ id, lastName: 'Unsent', siteIds: [1] })
    const before = await words()
    device.network.offline = true
    await device.restart()
    expect(await words()).to.have.members(before)
    expect(device.client.sync.status$.value.pending).to.equal(1)
    device.network.offline = false
    await device.client.sync.syncNow()
    expect(await device.get('clients', id)).to.have.property('revision')
  })

  it('opens with no other password, and not without one', async () => {
    await device.open()
    await device.client.sync.syncNow()
    await device.close()
    device.encryptionPassword = 'another'
    expect(await codeOf(device.start())).to.equal('ENCRYPTION_PASSWORD_WRONG')
    device.encryptionPassword = undefined
    expect(await codeOf(device.start())).to.equal('ENCRYPTION_PASSWORD_NEEDED')
    device.encryptionPassword = ''
    expect(await codeOf(device.start())).to.equal('ENCRYPTION_PASSWORD_EMPTY')
    device.encryptionPassword = 'of the keychain'
    await device.open()
    expect(await words()).to.have.length.greaterThan(50)
  })

  it('encrypts what was there before it was asked for, and loses nothing of it', async () => {
    device.encryptionPassword = undefined
    const client = await device.open()
    await client.sync.syncNow()
    const id = newId()
    await client.collections.clients.insert({ id, lastName: 'Unsent', siteIds: [1] })
    const before = await words()
    expect(device.stored()).to.include('Unsent')
    device.encryptionPassword = 'of the keychain'
    await device.restart()
    expect(await words()).to.have.members(before)
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 1, rejected: 0 })
    const stored = device.stored()
    expect(before.filter((word) => stored.includes(word))).to.deep.equal([])
    expect(await device.get('clients', id)).to.have.property('revision')
  })

  it('finds and sorts by what is encrypted as well', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    const { clients, animals } = client.collections
    const [someone] = await clients.find().exec()
    const lastName = someone?.lastName ?? ''
    const named = await clients.find({ selector: { lastName } }).exec()
    expect(named.map((one) => one.id)).to.include(someone?.id)
    const sorted = (await clients.find({ sort: [{ lastName: 'desc' }] }).exec()).map((one) => one.lastName)
    expect(sorted).to.deep.equal(sorted.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)))
    const names = (await animals.find({ sort: [{ name: 'asc' }], skip: 2, limit: 3 }).exec()).map(
      (one) => one.name,
    )
    const all = (await animals.find().exec()).map((one) => String(one.name)).toSorted()
    expect(names.toSorted()).to.deep.equal(all.slice(2, 5))
  })

  it('encrypts again after everything was wiped', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    await client.signOut({ wipe: true })
    await device.signIn()
    await client.sync.syncNow()
    await device.restart()
    const stored = device.stored()
    expect((await words()).filter((word) => stored.includes(word))).to.deep.equal([])
  })

  it('encrypts every field that it was not told to leave alone', () => {
    expect(isSealed('record', 'somethingNew')).to.equal(true)
    expect(isSealed('record', 'startsAt')).to.equal(false)
    const selector = { $or: [{ name: 'x' }, { $and: [{ 'address.city': 'y' }] }] }
    expect(fieldsNamed({ selector, sort: [{ id: 'asc' }] })).to.have.members(['id', 'name', 'address'])
  })
})
