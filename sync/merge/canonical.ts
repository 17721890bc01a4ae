/** Values compared by what they say: key order does not count, 2 and "2" differ, undefined is null. */

/** JSON with sorted keys: equal values give equal texts. */
export function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`
}

/** Whether two values say the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || a === undefined) return b === null || b === undefined
  if (typeof a !== 'object' || typeof b !== 'object' || b === null) return false
  return canonical(a) === canonical(b)
}

/** A property of the object itself: `constructor` and `__proto__` of a user's text find nothing. */
export function own<T>(object: Record<string, T>, key: string): T | undefined {
  const value = object[key]
  // Data holds no functions, so all that a prototype could lend shows by its type; only __proto__ does not.
  if (typeof value !== 'function' && key !== '__proto__') return value
  return Object.hasOwn(object, key) ? value : undefined
}

/** Sets a property of the object itself, whatever its name. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/**
 * The keys of two objects, and of `more`, each once: in the order that both have, or sorted. Either way the
 * order does not depend on which comes first, so that merged records have the same bytes everywhere.
 */
export function keysOf(a: object, b: object, more: object = {}): string[] {
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  const extra = Object.keys(more).filter((key) => !Object.hasOwn(a, key) && !Object.hasOwn(b, key))
  const alike = keys.length === others.length && keys.every((key, i) => key === others[i])
  return alike && extra.length === 0 ? keys : [...new Set([...keys, ...others, ...extra])].sort()
}
