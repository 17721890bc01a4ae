/**
 * The audit record is only appended to (server/audit/README.md), by administrators as by anybody else; what was kept
 * for its time is removed. It shows tampering by itself: this keeps it from happening by mistake.
 * @param {{ _deleted?: boolean }} newDoc
 * @param {{ _deleted?: boolean } | null} oldDoc
 */
export function validateAudit(newDoc, oldDoc) {
  if (oldDoc && !oldDoc._deleted && !newDoc._deleted)
    throw { forbidden: 'The audit record is only appended to.' }
}
