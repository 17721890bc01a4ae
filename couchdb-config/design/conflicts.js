/**
 * Documents whose revision tree has several leaves: what the resolver has not merged yet. For operators.
 * @param {{ _id: string, _conflicts?: string[] }} doc
 */
export function conflicts(doc) {
  if (doc._conflicts) emit(doc._id, doc._conflicts.length + 1)
}
