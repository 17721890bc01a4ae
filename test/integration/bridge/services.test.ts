/** What goes through the bridge where a group has a PMS: its users, their passwords, and documents. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { agentKeyOf, BridgedPractice, until } from '../../support/bridge.ts'
import { DocumentClient, photo, sha256 } from '../../support/document-client.ts'
import type { Answer } from '../../support/server.ts'

const code = ({ status, body }: Answer): string => `${status} ${String(body['code'])}`

describe('a group with a PMS of its own', () => {
  let practice: BridgedPractice
  let carol: Record<string, string>
  beforeEach(async () => {
    practice = await BridgedPractice.open({ timeoutMs: 3000 })
    carol = (await practice.server.signIn('carol@example.com')).headers
  })
  afterEach(() => practice[Symbol.asyncDispose]())

  const connect = (pmsUsername: string, pmsPassword: string, headers = carol): Promise<Answer> =>
    practice.server.request('/v2/mobile/connectUserToPmsGroup', {
      json: { groupId: 1, pmsUsername, pmsPassword },
      headers,
    })
  const update = (pmsUsername: string, newPmsPassword: string, headers = carol): Promise<Answer> =>
    practice.server.request('/v2/global/updatePMSPassword', {
      method: 'PUT',
      json: { groupId: 1, pmsUsername, newPmsPassword },
      headers,
    })
  const connections = async (headers = carol): Promise<unknown[]> => {
    const { body } = await practice.server.request('/v2/mobile/pmsConnections', { headers })
    return body['connections'] as unknown[]
  }

  it('links accounts to the users of that PMS, and tells who is none', async () => {
    await practice.connect()
    const linked = await connect('old.vet', 'Old-Pms-Password-1')
    expect(linked.status, linked.text).to.equal(200)
    expect(linked.body).to.include({ groupId: 1, pmsUsername: 'old.vet', displayName: 'Dr old.vet' })
    expect(await connections()).to.deep.equal([linked.body])
    expect((await connect('old.vet', 'Old-Pms-Password-1')).body).to.deep.equal(linked.body)
    expect(code(await connect('old.vet', 'wrong'))).to.equal('401 INVALID_CREDENTIALS')
    expect(code(await connect('temp', 'Old-Pms-Password-2'))).to.equal('403 NOT_A_VET_USER')
    // Its own staff here are no users of that PMS.
    expect(code(await connect('amelia.vet', 'Demo-Practice-2026'))).to.equal('401 INVALID_CREDENTIALS')
  })

  it('locks a name after ten wrong passwords, whatever the PMS thinks of it', async () => {
    await practice.connect()
    for (let i = 0; i < 10; i += 1) await connect('old.vet', `guess ${i}`)
    const asked = practice.pms.asked
    expect(code(await connect('old.vet', 'Old-Pms-Password-1'))).to.equal('423 ACCOUNT_LOCKED')
    expect(practice.pms.asked).to.equal(asked)
  })

  it('changes a password in that PMS, with its reasons, and ends the links of others', async () => {
    await practice.connect()
    const other = (await practice.server.signIn('sam.seaview')).headers
    await connect('old.vet', 'Old-Pms-Password-1')
    await connect('old.vet', 'Old-Pms-Password-1', other)
    const refused = await update('old.vet', 'short')
    expect(code(refused)).to.equal('422 PMS_REJECTED')
    expect(refused.body['detail']).to.equal('The password must have 12 characters.')
    expect(refused.body['errors']).to.deep.equal([
      { path: 'newPmsPassword', message: 'The password must have 12 characters' },
    ])
    expect((await update('old.vet', 'Three-Grey-Mares-9')).status).to.equal(200)
    expect(practice.pms.users.get('old.vet')?.password).to.equal('Three-Grey-Mares-9')
    expect(await connections()).to.have.length(1)
    expect(await connections(other)).to.deep.equal([])
    expect(code(await update('old.vet', 'Four-Grey-Mares-10', other))).to.equal('404 NOT_FOUND')
    expect(code(await update('temp', 'Four-Grey-Mares-10'))).to.equal('404 NOT_FOUND')
    // A linked account changes that PMS user's password; nobody's here.
    const amelia = (await practice.server.signIn('amelia.vet')).headers
    expect(code(await update('amelia.vet', 'Four-Grey-Mares-10', amelia))).to.equal('404 NOT_FOUND')
  })

  it('says so where the PMS is away, and changes nothing', async () => {
    await practice.connect()
    await connect('old.vet', 'Old-Pms-Password-1')
    await practice.disconnect()
    expect(code(await connect('old.vet', 'Old-Pms-Password-1'))).to.equal('502 PMS_AWAY')
    expect(code(await update('old.vet', 'Three-Grey-Mares-9'))).to.equal('502 PMS_AWAY')
    expect(await connections()).to.have.length(1)
  })

  it('stays inside where the agent says that the PMS has no users', async () => {
    await practice.connect({ services: { users: false, documents: false } })
    expect((await connect('amelia.vet', 'Demo-Practice-2026')).status).to.equal(200)
    expect(code(await connect('old.vet', 'Old-Pms-Password-1'))).to.equal('401 INVALID_CREDENTIALS')
    expect(practice.pms.asked).to.equal(0)
  })

  describe('is handed documents', () => {
    const upload = async (more: Record<string, string> = {}) => {
      const amelia = await DocumentClient.signIn(practice.server, 'amelia.vet')
      const clientId = await amelia.create('uploadClientItems', { lastName: 'Marsh', siteIds: [1] })
      const animalId = await amelia.create('uploadAnimalItems', { clientId, name: 'Bramble', siteIds: [1] })
      const bytes = photo(300_000)
      const fields = {
        clientItemId: randomUUID(),
        animalId,
        title: 'Hoof "left"',
        category: 'photo',
        ...more,
      }
      const answer = await amelia.upload(fields, { bytes, name: 'Hüf links.jpg' })
      expect(answer.status, answer.text).to.equal(201)
      return { amelia, fields, bytes }
    }

    it('as they come, once each, also a new version of one', async () => {
      await practice.connect()
      const { amelia, fields, bytes } = await upload()
      await until(() => practice.pms.documents.size === 1)
      const handed = practice.pms.documents.get(fields.clientItemId)
      expect(sha256(handed?.bytes ?? Buffer.of())).to.equal(sha256(bytes))
      expect(handed?.details).to.include({
        title: 'Hoof "left"',
        animalId: fields.animalId,
        size: bytes.length,
      })
      await amelia.upload(fields, { bytes, name: 'Hüf links.jpg' })
      const again = photo(1000)
      const form = new FormData()
      form.set('file', new File([again], 'again.jpg', { type: 'image/jpeg' }))
      const where = `${practice.server.url}/v2/mobile/documents/${fields.clientItemId}/versions`
      expect((await fetch(where, { method: 'POST', body: form, headers: amelia.tokens })).status).to.equal(
        201,
      )
      await until(() => practice.pms.applied.length === 2)
      expect(sha256(practice.pms.documents.get(fields.clientItemId)?.bytes ?? Buffer.of())).to.equal(
        sha256(again),
      )
    })

    it('when it is back, where it was away', async () => {
      await practice.connect()
      await practice.disconnect()
      const { fields } = await upload()
      expect((await practice.server.context.bridge.health(1)).waiting).to.equal(1)
      await practice.connect()
      await until(() => practice.pms.documents.has(fields.clientItemId))
      await until(async () => (await practice.server.context.bridge.health(1)).waiting === 0)
    })

    it('not at all where it takes none', async () => {
      await practice.connect({ services: { users: true, documents: false } })
      await upload()
      expect((await practice.server.context.bridge.health(1)).waiting).to.equal(0)
    })
  })

  it('has files of its own group alone told to its agent', async () => {
    await practice.connect()
    const { apiKey } = await agentKeyOf(practice.server, 2)
    const headers = { ApiToken: await practice.server.login(apiKey) }
    const file = await practice.server.request(`/v2/bridge/agent/files/${randomUUID()}`, { headers })
    expect(code(file)).to.equal('404 NOT_FOUND')
  })
})
