/**
 * The last line of defence, run by CouchDB itself for each write to a group's database (validate_doc_update,
 * https://docs.couchdb.org/en/stable/ddocs/ddocs.html#validate-document-update-functions). The server checks much more
 * before it writes; this stops whoever else has got the means to write. The server, an administrator, replaces the
 * leaves that replication left, which looks like a removal: it is let through.
 * @param {{ _id: string, _deleted?: boolean, type?: string, createdAt?: string }} newDoc
 * @param {{ _deleted?: boolean, createdAt?: string } | null} oldDoc
 * @param {{ roles: string[] }} userCtx
 */
export function validate(newDoc, oldDoc, userCtx) {
  if (userCtx.roles.indexOf('_admin') >= 0) return
  var type = newDoc._id.slice(0, newDoc._id.indexOf(':'))
  var kept = ['treatment', 'payment', 'invoice', 'prescription', 'history', 'document']
  if (newDoc._id.indexOf(':') < 1) throw { forbidden: 'An id is <type>:<id>.' }
  if (newDoc._deleted && kept.indexOf(type) >= 0)
    throw { forbidden: 'Nothing clinical or financial is removed.' }
  if (newDoc._deleted) return
  if (newDoc.type !== type) throw { forbidden: 'The type is the one in the id.' }
  if (oldDoc && !oldDoc._deleted && oldDoc.createdAt !== newDoc.createdAt)
    throw { forbidden: 'When a record was made does not change.' }
}
