/** Who is the agent of a group: one at a time, until it has been silent for a while. */
import { leaseDocId, type LeaseDoc } from './documents.ts'
import { LaneContended, maxTries, type BridgeParts } from './parts.ts'

/** An agent that has not called for so long is away. */
const leaseMs = 30_000
/** A lease that is younger is not written anew. */
export const renewMs = 8_000

export interface Agent {
  agentId: string
  software: string
}

export class Leases {
  readonly #parts: BridgeParts

  constructor(parts: BridgeParts) {
    this.#parts = parts
  }

  async of(groupId: number): Promise<LeaseDoc | undefined> {
    return (await this.#parts.lane.get(leaseDocId(groupId))) as LeaseDoc | undefined
  }

  async isUp(groupId: number): Promise<boolean> {
    const lease = await this.of(groupId)
    return lease !== undefined && lease.until > this.#parts.now()
  }

  /** Takes or renews the lease; false where another agent has it. */
  async hold(groupId: number, { agentId, software }: Agent): Promise<boolean> {
    const { lane, now } = this.#parts
    for (let tries = 0; tries < maxTries; tries += 1) {
      const lease = await this.of(groupId)
      const at = now()
      if (lease && lease.agentId !== agentId && lease.until > at) return false
      if (lease?.agentId === agentId && lease.until - leaseMs + renewMs > at && lease.until > at) return true
      const doc = { ...(lease ?? { _id: leaseDocId(groupId) }), agentId, software, seenAt: at }
      const [result] = await lane.write([{ ...doc, until: at + leaseMs }])
      if (result?.ok) return true
    }
    throw new LaneContended('The lease of an agent is written too often')
  }

  /** Whether this agent may speak for the group: it has the lease, or nobody has. */
  async mayReport(groupId: number, agentId: string): Promise<boolean> {
    const lease = await this.of(groupId)
    return !lease || lease.agentId === agentId || lease.until <= this.#parts.now()
  }

  /** The agent says that it stops. */
  async release(groupId: number, agentId: string): Promise<void> {
    const lease = await this.of(groupId)
    if (lease?.agentId !== agentId) return
    await this.#parts.lane.write([{ ...lease, until: 0 }])
  }
}
