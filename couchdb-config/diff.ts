/** What has to change in a database so that it has what is wanted. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { DesignDoc, MangoIndex, Security, Wanted } from './wanted.ts'

export interface Found {
  security: Partial<Security>
  /** Of the ids that are wanted. */
  designs: readonly (DesignDoc & { _rev: string })[]
  indexes: readonly MangoIndex[]
}

export type Step =
  | { kind: 'security'; was: Partial<Security>; becomes: Security }
  | { kind: 'design'; was: (DesignDoc & { _rev: string }) | undefined; becomes: DesignDoc }
  | { kind: 'index'; becomes: MangoIndex }

const none = { names: [], roles: [] }
const whole = ({ admins = none, members = none }: Partial<Security>): Security => ({ admins, members })

/** In the order in which they are to be done; nothing where all is as wanted. */
export const stepsTo = (wanted: Wanted, found: Found): Step[] => {
  const steps: Step[] = []
  if (!isDeepStrictEqual(whole(found.security), wanted.security))
    steps.push({ kind: 'security', was: found.security, becomes: wanted.security })
  for (const becomes of wanted.designs) {
    const was = found.designs.find(({ _id }) => _id === becomes._id)
    if (!was || !isDeepStrictEqual({ ...becomes, _rev: was._rev }, was))
      steps.push({ kind: 'design', was, becomes })
  }
  for (const becomes of wanted.indexes)
    if (!found.indexes.some((index) => isDeepStrictEqual(index, becomes)))
      steps.push({ kind: 'index', becomes })
  return steps
}

const changedFields = (was: DesignDoc, becomes: DesignDoc): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(becomes)])].filter(
    (field) => field !== '_rev' && !isDeepStrictEqual(was[field], becomes[field]),
  )

/** A step in a line for people: `+` is new, `~` is changed. */
export const told = (database: string, step: Step): string => {
  switch (step.kind) {
    case 'security':
      return `~ ${database} _security: ${JSON.stringify(whole(step.was))} → ${JSON.stringify(step.becomes)}`
    case 'design':
      return step.was
        ? `~ ${database} ${step.becomes._id}: ${changedFields(step.was, step.becomes).join(', ')}`
        : `+ ${database} ${step.becomes._id}`
    case 'index':
      return `+ ${database} index ${step.becomes.name} (${step.becomes.fields.join(', ')})`
  }
}
