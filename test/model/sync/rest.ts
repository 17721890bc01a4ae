/** The end of a schedule: everything is brought in, brought to everybody, and looked at. */
import { expect } from 'chai'
import { checkStore } from './laws.ts'
import { inOrder, type World } from './world.ts'

const maxRounds = 6

/** Both servers take turns. Each pull looks whether the device then holds what it should. */
const quiesce = async (world: World): Promise<void> => {
  for (let round = 0, moved = true; moved && round < maxRounds; round += 1) {
    const before = world.said.length
    for (const [i, device] of world.devices.entries()) {
      await world.push(device, { ...inOrder, server: (round + i) % 2 })
      if (round === 0) await world.pull(device, { servers: [i % 2], limit: 100, torn: null })
    }
    moved = world.said.slice(before).some(({ result }) => result.outcome !== 'REJECTED')
  }
  for (const [i, device] of world.devices.entries())
    await world.pull(device, { servers: [(i + 1) % 2], limit: 100, torn: null })
}

/** Each PouchDB replicates until nothing goes over any more. */
const replicateAll = async (world: World, way: 'both' | 'from'): Promise<void> => {
  for (const [i, foreign] of world.foreigns.entries()) {
    let round = 0
    for (let moved = 1; moved > 0; round += 1) {
      expect(round, `rounds of the PouchDB of user ${foreign.user.index}`).to.be.lessThan(maxRounds)
      moved = await world.replicate(foreign, { server: (round + i) % 2, way, batchSize: 100 })
    }
  }
}

/** Brings everything to rest, and checks the laws. */
export const checkAtRest = async (world: World): Promise<void> => {
  await replicateAll(world, 'both')
  await quiesce(world)
  await replicateAll(world, 'from')
  for (const [i, foreign] of world.foreigns.entries()) await foreign.check(i % 2)
  for (const device of world.devices)
    expect(device.pending, `unsent on device ${device.user.index}`).to.equal(0)
  checkStore(await world.servers.docs(), world.said)
}
