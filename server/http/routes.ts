/** Which call a path means. Paths without parameters, nearly all, are one look into a map. */
import type { CallSpec } from '../contract/call.ts'

/** A call and what serves it. */
export interface Route<H> {
  name: string
  spec: CallSpec
  handler: H
}

/** A known path: the routes on it by method, and its parameters, decoded but for the steps of a `*`. */
export interface Match<H> {
  methods: ReadonlyMap<string, Route<H>>
  params: Record<string, string>
}

interface Pattern<H> {
  segments: string[]
  methods: Map<string, Route<H>>
}

const noParams = {}

/** `/a/b/` and `/a/b` are the same path. */
const withoutSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path

export class RouteTable<H> {
  readonly #plain = new Map<string, Map<string, Route<H>>>()
  readonly #patterns: Pattern<H>[] = []

  constructor(routes: readonly Route<H>[]) {
    for (const route of routes) this.#methodsAt(route.spec.path).set(route.spec.method, route)
  }

  /** Undefined for an unknown path. A parameter that cannot be decoded makes a path unknown. */
  find(path: string): Match<H> | undefined {
    const wanted = withoutSlash(path)
    const methods = this.#plain.get(wanted)
    if (methods) return { methods, params: noParams }
    const segments = wanted.split('/')
    for (const pattern of this.#patterns) {
      const params = paramsOf(pattern.segments, segments)
      if (params) return { methods: pattern.methods, params }
    }
    return undefined
  }

  #methodsAt(path: string): Map<string, Route<H>> {
    if (!/\/[:*]/.test(path)) {
      const methods = this.#plain.get(path) ?? new Map<string, Route<H>>()
      this.#plain.set(path, methods)
      return methods
    }
    const known = this.#patterns.find(({ segments }) => segments.join('/') === path)
    if (known) return known.methods
    const pattern: Pattern<H> = { segments: path.split('/'), methods: new Map() }
    this.#patterns.push(pattern)
    return pattern.methods
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
