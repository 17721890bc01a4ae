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

/** Brings everything to rest, and checks the laws. */
export const checkAtRest = async (world: World): Promise<void> => {
  await quiesce(world)
  for (const device of world.devices)
    expect(device.pending, `unsent on device ${device.user.index}`).to.equal(0)
  checkStore(await world.servers.docs(), world.said)
}
