/** Plays a schedule: devices against servers, with everything written down that was acknowledged. */
import type { UploadResult } from '../../../sync/contract/upload.ts'
import type { Foreign, Replicating } from './foreign.ts'
import { checkDevice, type Said } from './laws.ts'
import { LightDevice, pulled, pushed, typeOf, type Pushed } from './device.ts'
import { creationOf, editOf, practiceDocs, uuidOf } from './practice.ts'
import type { Fate, Schedule, Step } from './schedule.ts'
import type { Batch, Servers } from './servers.ts'
import type { User } from './user.ts'

const dayMs = 86_400_000

type StepOf<D extends Step['does']> = Extract<Step, { does: D }>

export class World {
  readonly servers: Servers
  readonly devices: LightDevice[]
  readonly sites: number[][]
  readonly said: Said[] = []
  readonly #sent: Batch[] = []
  /** PouchDBs of the first users; none where there is no HTTP. */
  readonly foreigns: Foreign[] = []
  #count = 0

  constructor(servers: Servers, users: readonly User[], sites: readonly number[][]) {
    this.servers = servers
    this.devices = users.map((user) => new LightDevice(user, servers.clock, () => uuidOf(9, ++this.#count)))
    this.sites = sites.map((siteIds) => [...siteIds])
  }

  async begin(): Promise<void> {
    await this.servers.write(practiceDocs(this.servers.groupId))
    for (const { user } of this.devices.slice(0, 2)) {
      const foreign = await this.servers.foreign?.(user, () => uuidOf(9, ++this.#count))
      if (foreign) this.foreigns.push(foreign)
    }
    for (const [i, device] of this.devices.entries()) {
      await this.servers.setSites(device.user, this.sitesOf(device))
      if (i > 0) await this.pull(device, { servers: [i % 2], limit: 100, torn: null })
    }
  }

  async play({ steps }: Schedule): Promise<void> {
    for (const step of steps) {
      this.servers.clock.now += 1000
      await this.#step(step)
    }
  }

  #device(index: number): LightDevice {
    return this.devices[index % this.devices.length] as LightDevice
  }
  sitesOf({ user }: { user: User }): readonly number[] {
    return this.sites[user.index] ?? []
  }

  async #step(step: Step): Promise<void> {
    const { servers } = this
    switch (step.does) {
      case 'create':
        return await this.#create(step)
      case 'edit':
        return step.by === 'pouch' ? await this.#editForeign(step) : this.#edit(step)
      case 'everybody':
        return await this.#everybody(step)
      case 'push':
        return void (await this.push(this.#device(step.device), step))
      case 'again':
        return await this.#again(step)
      case 'pull':
        return await this.pull(this.#device(step.device), step)
      case 'pass':
        servers.clock.now += step.minutes * 60_000
        return
      case 'days':
        servers.clock.now += step.days * dayMs
        return
      case 'clock':
        this.#device(step.device).skew = step.days * dayMs
        return
      case 'rights':
        return await this.#rights(this.#device(step.device), step.siteIds)
      case 'replicate':
        return await this.#replicate(step)
      case 'restart':
        return await servers.restart(step.server, step.index)
    }
  }

  #foreign(index: number): Foreign | undefined {
    return this.foreigns[index % this.foreigns.length]
  }

  async #create(step: StepOf<'create'>): Promise<void> {
    const holder = step.by === 'pouch' ? this.#foreign(step.device) : this.#device(step.device)
    if (!holder) return
    const siteIds = this.sitesOf(holder)
    const { now } = this.servers.clock
    const made = creationOf(step, { device: holder, now, siteIds, unique: ++this.#count })
    if (made) await holder.create(made.collection, made.data)
  }

  async #editForeign({ device, collection, pick, way, value }: StepOf<'edit'>): Promise<void> {
    const foreign = this.#foreign(device)
    const ids = foreign?.ids(collection) ?? []
    const id = ids[pick % ids.length]
    const record = id === undefined ? undefined : foreign?.get(collection, id)
    if (!foreign || !record) return
    const n = value ?? 1000 + ++this.#count
    const hand = { record, n, unique: value === null, user: foreign.user, siteIds: this.sitesOf(foreign) }
    const patch = editOf(collection, way, { ...hand, now: this.servers.clock.now })
    if (Object.keys(patch).length > 0) await foreign.change(collection, record.id, patch)
  }

  async #replicate({ device, server, way, batchSize, ends }: StepOf<'replicate'>): Promise<void> {
    const foreign = this.#foreign(device)
    if (!foreign) return
    if (!ends) return void (await this.replicate(foreign, { server, way, batchSize }))
    this.servers.endIn?.(server, ends)
    await this.replicate(foreign, { server, way, batchSize }).catch(() => undefined)
    await this.servers.restart(server, 'kept')
    await this.servers.settled?.()
  }

  /** Returns how many documents went over. */
  async replicate(foreign: Foreign, how: Replicating): Promise<number> {
    const { said, moved } = await foreign.replicate(how)
    this.said.push(...said)
    return moved
  }

  #edit({ device: index, collection, pick, way, value }: Omit<StepOf<'edit'>, 'does' | 'by'>): void {
    const device = this.#device(index)
    const ids = device.ids(collection)
    const id = ids[pick % ids.length]
    const record = id === undefined ? undefined : device.get(collection, id)
    if (!record) return
    const { user } = device
    const n = value ?? 1000 + ++this.#count
    const hand = { record, n, unique: value === null, user, siteIds: this.sitesOf(device) }
    device.change(collection, record.id, editOf(collection, way, { ...hand, now: this.servers.clock.now }))
  }

  /** Everybody edits one record, without having seen the others, and sends it. */
  async #everybody({ server, collection, pick, way, alike }: StepOf<'everybody'>): Promise<void> {
    for (const device of this.devices)
      this.#edit({ device: device.user.index, collection, pick, way, value: alike ? 1 : null })
    for (const device of this.devices)
      await this.push(device, { ...inOrder, server: (server + device.user.index) % 2 })
  }

  async #rights(device: LightDevice, siteIds: number[]): Promise<void> {
    // A record that an upload's answer brought is known to the feed only from the next pull on.
    await this.pull(device, { servers: [0], limit: 100, torn: null })
    this.sites[device.user.index] = siteIds
    await this.servers.setSites(device.user, siteIds)
  }

  /** Sends what is unsent, in the order of references or against it, until a request fails. */
  async push(device: LightDevice, how: Omit<StepOf<'push'>, 'does' | 'device'>): Promise<boolean> {
    device.retryRejected()
    const fates = [...how.fates]
    const names = how.order === 'asMeant' ? pushed : pushed.toReversed()
    for (const name of names) {
      const sending = device.sending(name)
      const all = sending.flatMap((one) => one.items.map((item) => ({ one, item })))
      const size = how.size
      for (let at = 0; at < all.length; at += size) {
        const fate = fates.length > 1 ? fates.shift() : fates[0]
        const some = all.slice(at, at + size)
        const items = some.map(({ item }) => item)
        const batch = { type: typeOf(name), deviceId: device.deviceId, sentAt: device.now, items }
        const results = await this.#send(how.server, device, { name, batch, fate: fate as Fate })
        if (!results) return false
        for (const [i, { one }] of some.entries()) one.results.push(results[i] as UploadResult)
      }
      if (how.meanwhile !== null && sending.length > 0)
        this.#edit({
          ...{ device: device.user.index, pick: how.meanwhile },
          ...meanwhileOf(name, how.meanwhile),
        })
      device.take(name, sending)
    }
    return true
  }

  /** The results, where they reach the device. */
  async #send(
    server: number,
    device: LightDevice,
    { name, batch, fate }: { name: Pushed; batch: Batch; fate: Fate },
  ): Promise<UploadResult[] | undefined> {
    if (fate.is === 'requestLost') return undefined
    this.#sent.push(batch)
    if (fate.is === 'serverEnds') {
      await this.servers.upload(server, device.user, batch, fate).catch(() => undefined)
      await this.servers.restart(server, 'kept')
      return undefined
    }
    const results = await this.servers.upload(server, device.user, batch)
    const heard = fate.is === 'answered'
    for (const [i, item] of batch.items.entries())
      this.said.push({ collection: name, item, result: results[i] as UploadResult, heard })
    return heard ? results : undefined
  }

  /** A request that was sent before reaches a server once more, from the same user. */
  async #again({ device: index, server, pick }: StepOf<'again'>): Promise<void> {
    const device = this.#device(index)
    const own = this.#sent.filter((batch) => batch.deviceId === device.deviceId)
    const batch = own[pick % own.length]
    if (!batch) return
    const results = await this.servers.upload(server, device.user, batch)
    const name = pushed.find((one) => typeOf(one) === batch.type) as Pushed
    for (const [i, item] of batch.items.entries())
      this.said.push({ collection: name, item, result: results[i] as UploadResult, heard: false })
  }

  /** Pulls every collection until it is caught up, and looks whether the device then holds what it should. */
  async pull(device: LightDevice, how: Omit<StepOf<'pull'>, 'does' | 'device'>): Promise<void> {
    let pages = 0
    for (const collection of pulled)
      for (let more = true; more; pages += 1) {
        const checkpoint = device.checkpoints.get(collection) ?? null
        const server = how.servers[pages % how.servers.length] ?? 0
        const page = await this.servers.pull(server, device.user, {
          collection,
          checkpoint,
          limit: how.limit,
        })
        if (pages === how.torn) return
        device.takePage(collection, page)
        more = page.documents.length >= how.limit
        if (pages > 2000) throw new Error(`The pull of ${collection} does not come to an end`)
      }
    checkDevice(device, await this.servers.docs(), {
      siteIds: this.sitesOf(device),
      now: this.servers.clock.now,
    })
  }
}

/** An upload in which nothing goes wrong. */
export const inOrder = {
  ...{ size: 500 as const, fates: [{ is: 'answered' as const }], order: 'asMeant' as const },
  meanwhile: null,
}

const meanwhileOf = (name: Pushed, n: number) => ({
  collection: name === 'payments' ? ('animals' as const) : name,
  way: n,
  value: null,
})
