/** The bridge. Whether the practice has a PMS, and whether its agent is there, is no matter of the load. */
import type { Step } from './step.ts'

const patient = { groupId: '${groupId}', path: 'patients/1' }
const whatever = '2..|403|404|502|504'
const agentId = '6a0d7f1e-2b3c-4d5e-8f90-a1b2c3d4e5f6'
const writeId = '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71'
const announced = { allow: [], services: { users: false, documents: false } }

export const bridgeSteps: readonly Step[] = [
  { call: 'bridgeGet', as: 'server', params: patient, expect: whatever },
  { call: 'bridgePut', as: 'server', params: patient, body: { load: true }, expect: whatever },
  { call: 'bridgePost', as: 'server', params: patient, body: { load: true }, expect: whatever },
  { call: 'bridgeFate', as: 'server', params: { groupId: '${groupId}', writeId }, expect: '200|404' },
  // An agent's own calls, by a key that is none: the practice's agent is to stay the only one.
  {
    ...{ call: 'bridgeTake', as: 'server', expect: '403' },
    body: { agentId, software: 'load', ...announced, have: [], waitSeconds: 0 },
  },
  { call: 'bridgeReport', as: 'server', body: { agentId, results: [] }, expect: '403' },
  { call: 'bridgeFile', as: 'server', params: { writeId }, expect: '403' },
]
