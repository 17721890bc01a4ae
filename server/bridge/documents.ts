/**
 * What the bridge keeps. In the database `bridge` what must not be lost: whether a group has a PMS, and its writes.
 * In `bridge-lane`, which is in one copy because two servers must not both win there: who is connected, questions
 * under way, and in what order writes go. What is lost of it is made again from the writes.
 */
import type { AllowRule, PmsServices } from '../contract/bridge-agent.ts'
import type { WriteStatus } from '../contract/bridge.ts'
import type { StoredDoc } from '../../sync/store/port.ts'

export const bridgeDatabase = 'bridge'
export const laneDatabase = 'bridge-lane'

/** What the agent of a group has said of its PMS. */
export type PmsDoc = StoredDoc & { groupId: number; allow: AllowRule[]; services: PmsServices }

/** A write to a PMS: the commit of it, and its fate. Times are ms since the epoch. */
export type WriteDoc = StoredDoc & {
  groupId: number
  writeId: string
  /** Its place in the group's order. */
  place: number
  /** Keyed mark of the request, by which a repeated one is known. */
  mark: string
  /** The BridgeRequest, sealed. */
  request: string
  status: WriteStatus
  queuedAt: number
  settledAt: number | null
  reason: string | null
  /** The PmsAnswer, sealed. */
  answer: string | null
}

/** The agent of a group, which is connected until `until` (ms since the epoch). */
export type LeaseDoc = StoredDoc & { agentId: string; software: string; seenAt: number; until: number }

/** One of a group's places for questions, used again and again. */
export type AskDoc = StoredDoc & {
  askId: string
  state: 'free' | 'open' | 'answered'
  expiresAt: number
  /** The BridgeRequest while open, the BridgeResult when answered; sealed. */
  content: string
}

/** A write's place in the order. */
export type PlaceDoc = StoredDoc & { writeId: string; at: number }

const digits = (place: number): string => String(place).padStart(12, '0')
const last = '\uffff'

export const pmsDocId = (groupId: number): string => `pms:${groupId}`
export const writeDocId = (groupId: number, writeId: string): string => `write:${groupId}:${writeId}`
export const leaseDocId = (groupId: number): string => `lease:${groupId}`
export const askDocId = (groupId: number, n: number): string => `ask:${groupId}:${String(n).padStart(2, '0')}`
export const placeDocId = (groupId: number, place: number): string => `place:${groupId}:${digits(place)}`
/** The place that a document of the order stands for. */
export const placeOf = ({ _id }: PlaceDoc): number => Number(_id.slice(_id.lastIndexOf(':') + 1))

export const asksOf = (groupId: number) => ({ from: `ask:${groupId}:`, to: `ask:${groupId}:${last}` })
export const placesOf = (groupId: number) => ({ from: `place:${groupId}:`, to: `place:${groupId}:${last}` })
export const everyPms = { from: 'pms:', to: `pms:${last}` }
export const everyWrite = { from: 'write:', to: `write:${last}` }

/** The group of a document of the lane. */
export const groupOfLaneDoc = (id: string): number => Number(id.split(':')[1])
