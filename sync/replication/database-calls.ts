import { generationOf } from '../store/prepared.ts'
import { BATCH_BYTES, readObject, requireJson } from './body.ts'
import { type Answer, type Call, type Exchange, type Turn } from './call.ts'
import { badRequest, methodNotAllowed, noDatabase, ProtocolError } from './errors.ts'
import { parseRevision } from './parameters.ts'

// Clients take a change of it for a loss of what was not yet on disk; what was acknowledged is never lost here.
const INSTANCE_START = '0'

/** `GET /`: https://docs.couchdb.org/en/stable/api/server/common.html#get-- */
export const welcome = ({ options }: Exchange): Answer => ({
  status: 200,
  body: {
    couchdb: 'Welcome',
    version: '3.5.0',
    uuid: options.uuid,
    features: [],
    vendor: { name: 'Vetspace' },
  },
})

/** `GET /_session`: who asks is known to whoever opens the databases, not to the protocol. */
export const session = (): Answer => ({
  status: 200,
  body: { ok: true, userCtx: { name: null, roles: [] }, info: { authentication_handlers: [] } },
})

/** `GET /{db}`: https://docs.couchdb.org/en/stable/api/database/common.html#get--db */
export const databaseInfo: Call = async ({ db }) => {
  const { docCount, updateSeq } = await db.info()
  return {
    status: 200,
    body: {
      instance_start_time: INSTANCE_START,
      db_name: db.name,
      purge_seq: 0,
      update_seq: updateSeq,
      sizes: { file: 0, external: 0, active: 0 },
      props: {},
      doc_count: docCount,
      disk_format_version: 8,
      compact_running: false,
    },
  }
}

/** `POST /{db}/_ensure_full_commit`: there is nothing to do, every acknowledged write is on disk (I9). */
export const ensureFullCommit: Call = async ({ request }) => {
  requireJson(request)
  request.resume()
  return { status: 201, body: { ok: true, instance_start_time: INSTANCE_START } }
}

/** `POST /{db}/_revs_diff`: https://docs.couchdb.org/en/stable/api/database/misc.html#db-revs-diff */
export const revsDiff: Call = async (turn) => {
  const body = await readObject(turn.request, BATCH_BYTES)
  const asked = Object.entries(body).map(([id, revs]): [string, string[]] => {
    if (!Array.isArray(revs)) throw badRequest('The revisions of a document must be an array.')
    return [id, revs.map(parseRevision)]
  })
  const found = Object.entries(await turn.db.missingRevs(Object.fromEntries(asked)))
  const rows = await Promise.all(
    found.map(async ([id, revs]): Promise<[string, object]> => {
      const ancestors = await possibleAncestors(turn, id, revs)
      return [id, { missing: revs, ...(ancestors.length > 0 ? { possible_ancestors: ancestors } : {}) }]
    }),
  )
  return { status: 200, body: Object.fromEntries(rows) }
}

/** Leaves from which a missing revision may come. The first of a line comes from none, and nothing is read for it. */
async function possibleAncestors(turn: Turn, id: string, revs: readonly string[]): Promise<string[]> {
  const newest = Math.max(...revs.map(generationOf))
  if (newest <= 1) return []
  const leaves = await turn.db.leaves(id)
  return leaves.map(({ doc }) => doc._rev).filter((rev) => generationOf(rev) < newest)
}

/** `POST /{db}/_compact`, where clients may make and remove databases. */
export const compact: Call = async ({ request, options, db }) => {
  const { databases } = options
  if (!databases) throw new ProtocolError(403, 'forbidden', 'Databases are looked after by the server.')
  requireJson(request)
  request.resume()
  if (!(await databases.compact(db.name))) throw noDatabase()
  return { status: 202, body: { ok: true } }
}

/** `PUT /{db}` and `DELETE /{db}`, where clients may do that. */
export async function administer({ request, options }: Exchange, name: string): Promise<Answer> {
  const { databases } = options
  if (!databases) throw methodNotAllowed(['GET', 'HEAD', 'POST'])
  if (request.method === 'DELETE') {
    if (!(await databases.destroy(name))) throw noDatabase()
    return { status: 200, body: { ok: true } }
  }
  if (!/^[a-z][a-z0-9_$()+/-]*$/.test(name)) {
    throw new ProtocolError(
      400,
      'illegal_database_name',
      `Name: '${name}'. Only lowercase characters (a-z), digits (0-9), and any of the characters _, $, (, ), +, ` +
        '-, and / are allowed. Must begin with a letter.',
    )
  }
  if (!(await databases.create(name))) {
    throw new ProtocolError(412, 'file_exists', 'The database could not be created, the file already exists.')
  }
  const location = `http://${request.headers.host ?? 'localhost'}/${encodeURIComponent(name)}`
  return { status: 201, body: { ok: true }, headers: { Location: location } }
}
