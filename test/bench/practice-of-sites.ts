/** A practice of many sites whose records are those of one imported site, under new ids; with a vet at each. */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { accountsDatabase } from '../../server/auth/account-docs.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Database, NewDoc, StoredDoc } from '../../sync/store/port.ts'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'

/** Sites of the bench begin behind the demo's own. */
export const firstSite = 100
const batch = 5000

/** Imports real animals (generated ones where the file is missing) for the copies; with no server running. */
export const importSome = async (dataDir: string, animals: number): Promise<string> => {
  const files = await filesToImport(dataDir)
  const lines = (await readFile(files.animals, 'utf8')).split('\n').slice(0, animals + 1)
  const some = path.join(dataDir, 'some-animals.csv')
  await writeFile(some, `${lines.join('\n')}\n`)
  await importFiles(dataDir, ['--animals'], { animals: some })
  return files.told.includes('MISSING') ? 'GENERATED' : 'real'
}

export const write = async (db: Database, docs: readonly NewDoc[]): Promise<void> => {
  const results = await db.write(docs)
  if (results.some(({ ok }) => !ok)) throw new Error('A copy was not written')
}

/** The records of a site under new ids at another site; animals stay with their clients. */
export const copyOf = (models: readonly StoredDoc[], siteId: number): NewDoc[] => {
  const ids = new Map(models.map(({ _id }) => [_id.slice(_id.indexOf(':') + 1), randomUUID()]))
  return models.map(({ _rev, ...model }) => {
    const [type = '', id = ''] = model._id.split(':')
    const clientId = ids.get(String(model['clientId']))
    return {
      ...{ ...model, _id: `${type}:${ids.get(id) ?? id}`, siteIds: [siteId] },
      ...(clientId === undefined ? {} : { clientId }),
    }
  })
}

/** Opens the store of a server that is not running. */
export const inStore = async <T>(
  dataDir: string,
  work: (group: Database, accounts: Database) => Promise<T>,
) => {
  await using store = await openLevelStore({ dataDir })
  return await work(await store.database('group-1'), await store.database(accountsDatabase))
}

/** `count` clients and animals of the practice, each animal with its client. */
export const modelsOf = async (group: Database, count: number): Promise<StoredDoc[]> => {
  const animals = await group.range({ from: 'animal:', to: 'animal:\uffff', limit: count * 2 })
  const found = new Map<string, StoredDoc>()
  for (const animal of animals) {
    const client = await group.get(`client:${String(animal['clientId'])}`)
    if (client && found.size + (found.has(client._id) ? 1 : 2) <= count)
      found.set(client._id, client).set(animal._id, animal)
  }
  if (found.size < count - 1) throw new Error(`Only ${found.size} records to copy`)
  return [...found.values()]
}

/** Writes the models to each site, and a vet `vet-<site>` who may see it and has Amelia's password. */
export const fillSites = async (
  { group, accounts }: { group: Database; accounts: Database },
  models: readonly StoredDoc[],
  sites: readonly number[],
): Promise<void> => {
  let docs: NewDoc[] = []
  for (const siteId of sites) {
    docs.push(...copyOf(models, siteId))
    if (docs.length < batch) continue
    await write(group, docs)
    docs = []
  }
  await write(group, docs)
  const amelia = await accounts.get('user:amelia.vet')
  if (!amelia) throw new Error('There is no Amelia to make others like her')
  const { _rev, ...like } = amelia
  await write(
    accounts,
    sites.map((siteId) => {
      const username = `vet-${siteId}`
      return { ...like, _id: `user:${username}`, userId: randomUUID(), username, siteIds: [siteId] }
    }),
  )
}
