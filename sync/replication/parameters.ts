import { isRevision } from '../store/prepared.ts'
import { badRequest, ProtocolError } from './errors.ts'

const invalid = (what: string, text: string): ProtocolError =>
  new ProtocolError(400, 'query_parse_error', `Invalid ${what}: "${text}"`)

/** Text that UTF-8 can carry; half of a surrogate pair names nothing. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && !/\p{Surrogate}/u.test(value)

/** The JSON in a text from outside. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('invalid UTF-8 JSON')
  }
}

/** A revision from outside. */
export function parseRevision(value: unknown): string {
  if (typeof value !== 'string' || !isRevision(value)) throw badRequest('Invalid rev format')
  return value
}

/** The parameters of a query, as CouchDB reads them: numbers and truth as words, keys as JSON. */
export class Parameters {
  readonly #texts: Map<string, string>

  constructor(texts: Iterable<[string, string]>) {
    this.#texts = new Map(texts)
  }

  /** These, and what a body names beside (`POST _all_docs`); the body goes before the query. */
  with(body: Readonly<Record<string, unknown>>): Parameters {
    const named = Object.entries(body).map(([name, value]): [string, string] => [name, JSON.stringify(value)])
    return new Parameters([...this.#texts, ...named])
  }

  text(name: string): string | undefined {
    return this.#texts.get(name)
  }

  flag(name: string, absent = false): boolean {
    const text = this.#texts.get(name)
    if (text === undefined) return absent
    if (text !== 'true' && text !== 'false') throw invalid('boolean parameter', text)
    return text === 'true'
  }

  /** A whole number; below 0 it is refused. */
  count(name: string): number | undefined {
    const whole = this.integer(name)
    if (whole !== undefined && whole < 0) throw invalid('value for positive integer', String(whole))
    return whole
  }

  integer(name: string): number | undefined {
    const text = this.#texts.get(name)
    if (text === undefined) return undefined
    if (!/^-?\d{1,15}$/.test(text)) throw invalid('value for integer', text)
    return Number(text)
  }

  /** A value written as JSON, under the first of these names that is there. */
  json(...names: string[]): unknown {
    const text = names.map((name) => this.#texts.get(name)).find((found) => found !== undefined)
    return text === undefined ? undefined : parseJson(text)
  }

  /** The revision that a write replaces or a read asks for. */
  revision(): string | undefined {
    const text = this.#texts.get('rev')
    return text === undefined ? undefined : parseRevision(text)
  }
}
