/** The practice of the load: the demo's first group, made larger by branches with vets of their own. */
import { randomUUID } from 'node:crypto'
import { copyOf, firstSite, inStore, modelsOf, write } from '../../bench/practice-of-sites.ts'
import type { Database, NewDoc } from '../../../sync/store/port.ts'

const vetsPerSite = 10
/** Clients and animals of a branch when the load begins. */
const recordsPerSite = 200

interface LoadVet {
  username: string
  siteId: number
}

/** The vet who carries a device. @param number of the device, from 0 */
export const vetOf = (number: number): LoadVet => ({
  username: `load-vet-${number}`,
  siteId: firstSite + Math.floor(number / vetsPerSite),
})

/** Who may see every branch. */
export const readerName = 'load-reader'

const known = async (db: Database, id: string): Promise<NewDoc> => {
  const doc = await db.get(id)
  if (!doc) throw new Error(`The demo practice has no ${id}`)
  const { _rev, ...like } = doc
  return like
}

/** Makes branches and vets for so many devices. No server may be running. */
export const makePractice = async (dataDir: string, devices: number): Promise<void> => {
  const vets = Array.from({ length: devices }, (_, number) => vetOf(number))
  const siteIds = [...new Set(vets.map(({ siteId }) => siteId))]
  await inStore(dataDir, async (group, accounts) => {
    const amelia = await known(accounts, 'user:amelia.vet')
    const site = await known(group, 'reference:site:1')
    const practitioner = await known(group, `reference:practitioner:${String(amelia['practitionerId'])}`)
    const models = await modelsOf(group, recordsPerSite / 2)
    for (const siteId of siteIds) {
      const own = { _id: `reference:site:${siteId}`, siteId, name: `Branch ${siteId}` }
      await write(group, [{ ...site, ...own }, ...copyOf(models, siteId), ...copyOf(models, siteId)])
    }
    const users = vets.map(({ username, siteId }) => {
      const ids = { userId: randomUUID(), practitionerId: randomUUID(), siteIds: [siteId] }
      return { ...amelia, _id: `user:${username}`, username, displayName: `Vet of ${siteId}`, ...ids }
    })
    const reader = { userId: randomUUID(), username: readerName, siteIds: [1, 2, ...siteIds] }
    await write(accounts, [...users, { ...amelia, _id: `user:${readerName}`, ...reader }])
    await write(
      group,
      users.map(({ practitionerId, displayName, siteIds }) => ({
        ...{ ...practitioner, _id: `reference:practitioner:${practitionerId}`, practitionerId },
        ...{ name: displayName, siteIds, rota: null },
      })),
    )
  })
}
