/** Groups whose uploads and pulls are traced. */
import type { Group, Groups } from '../../sync/group.ts'
import { untraced, type Attributes, type Tracing } from '../tracing/tracing.ts'

const outcomesOf = (results: readonly { outcome: string }[]): Attributes => {
  const counts: Record<string, number> = {}
  for (const { outcome } of results) {
    const name = `vetspace.upload.${outcome.toLowerCase()}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const observedGroup = (group: Group, tracing: Tracing): Group => {
  const upload: Group['upload'] = (request) => {
    const about = { 'vetspace.type': request.type, 'vetspace.items': request.items.length }
    return tracing.step('upload', about, async (span) => {
      const results = await group.upload(request)
      span.set(outcomesOf(results))
      return results
    })
  }
  const pull: Group['pull'] = (actor, request) => {
    const about = { 'vetspace.collection': request.collection, 'vetspace.first': request.checkpoint === null }
    return tracing.step('pull', about, async (span) => {
      const page = await group.pull(actor, request)
      span.set({ 'vetspace.documents': page.documents.length })
      return page
    })
  }
  return { ...group, upload, pull }
}

/** The same groups; each stays one object. */
export const observedGroups = (groups: Groups, tracing: Tracing): Groups => {
  if (tracing === untraced) return groups
  const known = new WeakMap<Group, Group>()
  return {
    opened: () => groups.opened(),
    async get(groupId) {
      const group = await groups.get(groupId)
      const watched = known.get(group) ?? observedGroup(group, tracing)
      known.set(group, watched)
      return watched
    },
    [Symbol.asyncDispose]: () => groups[Symbol.asyncDispose](),
  }
}
