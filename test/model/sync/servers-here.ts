/** Two servers in this process over one embedded store on disk: the write path and the feed as they are, without HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { openGroups, type Groups } from '../../../sync/group.ts'
import { openLevelStore } from '../../../sync/store/level/level-store.ts'
import type { Database, Store } from '../../../sync/store/port.ts'
import { startOfTime } from './practice.ts'
import { scratch } from './scratch.ts'
import type { Servers } from './servers.ts'
import type { User } from './user.ts'
import { Way } from './way.ts'

/** A store, and a directory for indexes, that many schedules use one after the other: each has a group of its own. */
export interface Ground extends AsyncDisposable {
  store: Store
  dataDir: string
  nextGroup: number
}

export const openGround = async (): Promise<Ground> => {
  const dataDir = await mkdtemp(path.join(scratch(), 'vetspace-model-'))
  const store = await openLevelStore({ dataDir })
  return {
    ...{ store, dataDir, nextGroup: 1 },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

interface Server {
  way: Way
  groups: Groups
}

export const serversHere = (ground: Ground, users: readonly User[]): Servers => {
  const groupId = ground.nextGroup++
  const clock = { now: startOfTime }
  const sites = new Map<User, readonly number[]>()
  const directory = (server: number): string => path.join(ground.dataDir, `server-${server}`)
  const log = { error: () => undefined }
  const start = (server: number): Server => {
    const way = new Way(ground.store)
    const groups = openGroups({ store: way.store, dataDir: directory(server), now: () => clock.now, log })
    return { way, groups }
  }
  const servers = [start(0), start(1)]
  const at = (server: number): Server => servers[server] as Server
  const actor = (user: User) => ({
    userId: user.userId,
    practitionerId: user.practitionerId,
    siteIds: sites.get(user) ?? [],
  })
  const dropIndex = (server: number): Promise<void> =>
    rm(path.join(directory(server), 'index', `group-${groupId}`), { recursive: true, force: true })
  const database = (): Promise<Database> => ground.store.database(`group-${groupId}`)
  for (const user of users) sites.set(user, [])
  return {
    ...{ clock, groupId },
    async upload(server, user, batch, cut) {
      const { way, groups } = at(server)
      const group = await groups.get(groupId)
      way.cut = cut
      return await group.upload({ ...batch, actor: actor(user), receivedAt: clock.now })
    },
    async pull(server, user, request) {
      return await (await at(server).groups.get(groupId)).pull(actor(user), request)
    },
    async restart(server, index) {
      await at(server).groups[Symbol.asyncDispose]()
      if (index === 'lost') await dropIndex(server)
      servers[server] = start(server)
    },
    setSites(user, siteIds) {
      sites.set(user, siteIds)
      return Promise.resolve()
    },
    docs: async () => await (await database()).range({ from: '', to: '\u{10ffff}' }),
    write: async (docs) => void (await (await database()).write(docs)),
    async [Symbol.asyncDispose]() {
      for (const { groups } of servers) await groups[Symbol.asyncDispose]()
      await ground.store.destroy(`group-${groupId}`)
      await Promise.all([0, 1].map(dropIndex))
    },
  }
}
