/** Two whole servers over one embedded store, asked by HTTP as the library asks them. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Accounts } from '../../../server/auth/accounts.ts'
import { hashApiKey } from '../../../server/auth/api-key-hash.ts'
import { demoPassword } from '../../../server/demo/practice.ts'
import type { PullResponse } from '../../../sync/contract/pull.ts'
import type { UploadResult } from '../../../sync/contract/upload.ts'
import { isAsItCame } from '../../../sync/write/document.ts'
import { openLevelStore } from '../../../sync/store/level/level-store.ts'
import type { Database, Store } from '../../../sync/store/port.ts'
import { openLocal } from '../../support/replicating-pouch.ts'
import { borrowed, startServer, type Answer, type TestServer } from '../../support/server.ts'
import { Foreign } from './foreign.ts'
import { startOfTime, uuidOf } from './practice.ts'
import { scratch } from './scratch.ts'
import type { Servers } from './servers.ts'
import type { User } from './user.ts'
import { Way } from './way.ts'

const firstGroup = 1000
/** Within this time (ms) what a crash left is merged. */
const settleMs = 20_000
const apiKey = 'model-api-key'
/** Rights are asked for anew after this time at the latest (ms). */
const rightsKnownMs = 60_000
const env = { TOKEN_SECRET: `model:${'m'.repeat(40)}` }

interface Running {
  way: Way
  server: TestServer
}

/** Two servers that many schedules use one after the other: each has a group and users of its own. */
export class HttpGround implements AsyncDisposable {
  readonly clock = { now: startOfTime }
  readonly store: Store
  /** For whatever a schedule keeps on disk. */
  readonly directory: string
  readonly #running: Running[] = []
  nextGroup = firstGroup

  private constructor(store: Store, dataDir: string) {
    this.store = store
    this.directory = dataDir
  }

  static async open(): Promise<HttpGround> {
    const dataDir = await mkdtemp(path.join(scratch(), 'vetspace-model-http-'))
    const ground = new HttpGround(await openLevelStore({ dataDir }), dataDir)
    for (const server of [0, 1]) ground.#running.push(await ground.#start(server))
    return ground
  }

  at(server: number): Running {
    return this.#running[server] as Running
  }
  get accounts(): Accounts {
    return this.at(0).server.context.accounts
  }

  async #start(server: number): Promise<Running> {
    const way = new Way(this.store)
    const openStore = (): Promise<Store> => Promise.resolve(borrowed(way.store))
    const { clock } = this
    const dataDir = path.join(this.directory, `server-${server}`)
    return {
      way,
      server: await startServer({ clock, dataDir, env, openStore, seed: () => Promise.resolve() }),
    }
  }

  async restart(server: number, lostIndex: number | null): Promise<void> {
    await this.at(server).server[Symbol.asyncDispose]()
    if (lostIndex !== null) await this.dropIndex(server, lostIndex)
    this.#running[server] = await this.#start(server)
  }

  async dropIndex(server: number, groupId: number): Promise<void> {
    const directory = path.join(this.directory, `server-${server}`, 'index', `group-${groupId}`)
    await rm(directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of this.#running) await server[Symbol.asyncDispose]()
    await this.store[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Whether each record has one living leaf, which is the server's own: a merge leaves the branch's tombstone. */
const isSettled = async (db: Database): Promise<boolean> => {
  const { changes } = await db.changes({ limit: 100_000, docs: true })
  if (changes.some(({ doc }) => doc && isAsItCame(doc))) return false
  const branched = changes.filter(({ leaves }) => leaves.length > 1)
  const leaves = await Promise.all(branched.map(({ id }) => db.leaves(id)))
  return leaves.every((some) => some.filter(({ doc }) => !doc._deleted).length <= 1)
}

/** An account of the group's own: one that names thousands of groups is slow to read. */
const openAccount = async (accounts: Accounts, groupId: number): Promise<string> => {
  const accountId = uuidOf(6, groupId)
  const key = { keyId: 'model', kind: 'server' as const, hash: hashApiKey(apiKey), groupIds: [groupId] }
  const keys = [{ ...key, expiresAt: null }]
  await accounts.ensureAccount({ accountId, name: `Group ${groupId}`, demo: true, keys })
  await accounts.ensureGroup({ groupId, name: `Group ${groupId}`, demo: true, passwordExpiryDays: null })
  return accountId
}

type Headers = Record<string, string>

/** Opens a group with its users for one schedule. */
export const serversByHttp = async (ground: HttpGround, users: readonly User[]): Promise<Servers> => {
  const groupId = ground.nextGroup++
  const { accounts, clock } = ground
  const nameOf = (user: User): string => `user-${user.index}.${groupId}`
  const accountId = await openAccount(accounts, groupId)
  for (const user of users)
    await accounts.ensureUser({
      ...{
        userId: `${user.userId.slice(0, -4)}${groupId}`,
        username: nameOf(user),
        displayName: nameOf(user),
      },
      ...{ roles: ['vet'], groupId, siteIds: [], practitionerId: user.practitionerId, demo: true },
      password: demoPassword,
    })
  const opened: AsyncDisposable[] = []
  const signedIn = new Map<User, Headers>()
  const database = (): Promise<Database> => ground.store.database(`group-${groupId}`)

  const signIn = async (to: TestServer, username: string): Promise<Headers> => {
    const login = await to.request('/v2/authentication/login', { json: { accountId, apiKey } })
    const ApiToken = String(login.body['token'])
    const json = { username, password: demoPassword }
    const verified = await to.request('/v2/authentication/verifyUser', { json, headers: { ApiToken } })
    return { ApiToken, ApiUserToken: String(verified.body['userToken']) }
  }

  /** Asks as this user, and signs in where that is not done, or no longer good. */
  const ask = async (server: number, user: User, where: string, json: object): Promise<Answer> => {
    const to = ground.at(server).server
    for (let tries = 0; ; tries += 1) {
      if (!signedIn.has(user)) signedIn.set(user, await signIn(to, nameOf(user)))
      const headers = signedIn.get(user) as Headers
      const answer = await to.request(`/v2/mobile/${where}`, { json, headers })
      if (answer.status === 200) return answer
      if (answer.status !== 401 || tries > 0) throw new Error(`${where}: ${answer.status} ${answer.text}`)
      signedIn.delete(user)
    }
  }

  return {
    ...{ clock, groupId },
    async upload(server, user, { type, deviceId, sentAt, items }, cut) {
      ground.at(server).way.cut = cut
      const call = `upload${type.charAt(0).toUpperCase()}${type.slice(1)}Items`
      const batch = { deviceId, batchId: randomUUID(), sentAt: new Date(sentAt).toISOString(), items }
      return (await ask(server, user, call, batch)).body['results'] as UploadResult[]
    },
    async pull(server, user, request) {
      const deviceId = `device-${user.index}`
      return (await ask(server, user, 'sync/pull', { deviceId, ...request })).body as PullResponse
    },
    restart: (server, index) => ground.restart(server, index === 'lost' ? groupId : null),
    async setSites(user, siteIds) {
      const db = await ground.store.database('accounts')
      const doc = await db.get(`user:${nameOf(user)}`)
      if (!doc) throw new Error(`${nameOf(user)} is not there`)
      await db.write([{ ...doc, siteIds }])
      clock.now += rightsKnownMs
    },
    docs: async () => await (await database()).range({ from: '', to: '\u{10ffff}' }),
    write: async (docs) => void (await (await database()).write(docs)),
    foreign(user, newId) {
      const local = openLocal(path.join(ground.directory, `pouch-${groupId}-${user.index}`))
      opened.push(local)
      const login = `//${encodeURIComponent(nameOf(user))}:${demoPassword}@`
      const urlOf = (server: number): string =>
        `${ground.at(server).server.url.replace('//', login)}/sync/group-${groupId}`
      return Promise.resolve(new Foreign(user, { local: local.db, urlOf, newId }))
    },
    endIn: (server, cut) => void (ground.at(server).way.cut = cut),
    async settled() {
      for (const server of [0, 1]) await ground.at(server).server.context.groups.get(groupId)
      const db = await database()
      const deadline = performance.now() + settleMs
      while (!(await isSettled(db))) {
        if (performance.now() > deadline) throw new Error('The servers do not merge what a crash left')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]()
    },
  }
}
