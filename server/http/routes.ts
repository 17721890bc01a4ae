/** Which call a path means. Paths without parameters, nearly all, are one look into a map. */
import type { CallSpec } from '../contract/call.ts'

/** A call and what serves it. */
export interface Route<H> {
  name: string
  spec: CallSpec
  handler: H
}

/** What stands at a path. */
export interface Place<H> {
  readonly methods: Map<string, Route<H>>
  /** The headers that its calls have on every answer. */
  readonly headers: [name: string, value: string][]
}

/** A known path, and its parameters, decoded but for the steps of a `*`. */
export interface Match<H> {
  place: Place<H>
  params: Record<string, string>
}

interface Pattern<H> {
  segments: string[]
  place: Place<H>
}

const noParams = {}

/** `/a/b/` and `/a/b` are the same path. */
const withoutSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path

export class RouteTable<H> {
  readonly #plain = new Map<string, Place<H>>()
  readonly #patterns: Pattern<H>[] = []

  constructor(routes: readonly Route<H>[]) {
    for (const route of routes) {
      const { methods, headers } = this.#placeAt(route.spec.path)
      methods.set(route.spec.method, route)
      headers.push(...Object.entries(route.spec.answerHeaders ?? {}))
    }
  }

  /** Undefined for an unknown path. A parameter that cannot be decoded makes a path unknown. */
  find(path: string): Match<H> | undefined {
    const wanted = withoutSlash(path)
    const place = this.#plain.get(wanted)
    if (place) return { place, params: noParams }
    const segments = wanted.split('/')
    for (const pattern of this.#patterns) {
      const params = paramsOf(pattern.segments, segments)
      if (params) return { place: pattern.place, params }
    }
    return undefined
  }

  #placeAt(path: string): Place<H> {
    const isPattern = /\/[:*]/.test(path)
    const known = isPattern
      ? this.#patterns.find(({ segments }) => segments.join('/') === path)?.place
      : this.#plain.get(path)
    if (known) return known
    const place: Place<H> = { methods: new Map(), headers: [] }
    if (isPattern) this.#patterns.push({ segments: path.split('/'), place })
    else this.#plain.set(path, place)
    return place
  }
}

const paramsOf = (
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined => {
  const rest = pattern.at(-1)?.startsWith('*') === true
  if (rest ? segments.length < pattern.length : pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    if (part.startsWith('*')) {
      // As they came: a slash in one of the steps is to be told from one between two.
      params[part.slice(1)] = segments.slice(i).join('/')
      continue
    }
    const segment = segments[i] ?? ''
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined
      continue
    }
    const value = decoded(segment)
    if (!value) return undefined
    params[part.slice(1)] = value
  }
  return params
}

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** For `Allow`: HEAD comes with GET, OPTIONS always. */
export const allowed = (methods: ReadonlyMap<string, unknown>): string =>
  [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
