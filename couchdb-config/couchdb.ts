/** A CouchDB as the tool sees it: what its databases have, and the means to change it. */
import nano, { type RequestError } from 'nano'
import type { Found, Step } from './diff.ts'
import type { DesignDoc, MangoIndex, Security, Wanted } from './wanted.ts'

type Asked = nano.RequestOptions

const statusOf = (error: unknown): number | undefined => (error as Partial<RequestError>).statusCode

export class CouchDb {
  readonly #server: nano.ServerScope

  /** @param url with the credentials of an administrator */
  constructor(url: string) {
    const { origin, pathname, username, password } = new URL(url)
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    const headers = username ? { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {}
    this.#server = nano({ url: `${origin}${pathname}`, headers })
  }

  async #ask<T>(asked: Asked): Promise<T> {
    return (await this.#server.request(asked)) as T
  }

  async databases(): Promise<string[]> {
    return await this.#ask<string[]>({ path: '_all_dbs' })
  }

  /** Makes a database where it is missing. */
  async make(db: string): Promise<void> {
    try {
      await this.#ask({ method: 'put', db })
    } catch (error) {
      if (statusOf(error) !== 412) throw error
    }
  }

  async found(db: string, wanted: Wanted): Promise<Found> {
    const security = await this.#ask<Partial<Security>>({ db, path: '_security' })
    const designs = await Promise.all(wanted.designs.map(({ _id }) => this.#design(db, _id)))
    const { indexes } = await this.#ask<{ indexes: StoredIndex[] }>({ db, path: '_index' })
    return {
      security,
      designs: designs.filter((design) => design !== undefined),
      indexes: indexes.flatMap(toIndex),
    }
  }

  async #design(db: string, id: string): Promise<(DesignDoc & { _rev: string }) | undefined> {
    try {
      return await this.#ask<DesignDoc & { _rev: string }>({ db, path: id })
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  async take(db: string, step: Step): Promise<void> {
    if (step.kind === 'security')
      await this.#ask({ method: 'put', db, path: '_security', body: step.becomes })
    else if (step.kind === 'design')
      await this.#ask({
        ...{ method: 'put', db, path: step.becomes._id },
        body: { ...step.becomes, ...(step.was ? { _rev: step.was._rev } : {}) },
      })
    else {
      const { ddoc, name, fields } = step.becomes
      await this.#ask({ method: 'post', db, path: '_index', body: { ddoc, name, index: { fields } } })
    }
  }

  /** Resolves when the views and indexes of a database are built: who asks one waits for it. */
  async built(db: string, { designs, indexes }: Wanted): Promise<void> {
    for (const { _id, views } of designs)
      for (const [view] of Object.entries(views ?? {}).slice(0, 1))
        await this.#patiently({ db, path: `${_id}/_view/${view}`, qs: { limit: 0, reduce: false } })
    for (const { ddoc, name, fields } of indexes) {
      const selector = Object.fromEntries(fields.map((field) => [field, { $gt: null }]))
      const body = { selector, use_index: [ddoc, name], limit: 1, fields: ['_id'] }
      await this.#patiently({ method: 'post', db, path: '_find', body })
    }
  }

  /** Asks again for as long as CouchDB is building: an answer may be longer away than a connection lasts. */
  async #patiently(asked: Asked): Promise<void> {
    for (;;)
      try {
        await this.#ask(asked)
        return
      } catch (error) {
        if (statusOf(error) !== undefined && statusOf(error) !== 503) throw error
        const tasks = await this.#ask<{ type: string }[]>({ path: '_active_tasks' })
        if (!tasks.some(({ type }) => type === 'indexer')) throw error
      }
  }
}

interface StoredIndex {
  ddoc: string | null
  name: string
  def: { fields: Record<string, string>[] }
}

const toIndex = ({ ddoc, name, def }: StoredIndex): MangoIndex[] =>
  ddoc === null
    ? []
    : [
        {
          ddoc: ddoc.replace(/^_design\//, ''),
          name,
          fields: def.fields.flatMap((field) => Object.keys(field)),
        },
      ]
