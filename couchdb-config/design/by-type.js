/**
 * How many records of each type there are (with `_count`). For operators.
 * @param {{ _id: string }} doc
 */
export function byType(doc) {
  emit(doc._id.slice(0, doc._id.indexOf(':')), null)
}
