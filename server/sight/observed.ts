/** Watching what an object is asked. */
export type Method = (...args: unknown[]) => unknown

/** Does a call of a method that is watched, by `work`. */
export type Around = (
  method: string,
  args: readonly unknown[],
  work: () => Promise<unknown>,
) => Promise<unknown>

/** The same object, with `around` about each call of the methods named, which have to be asynchronous. */
export const observed = <T extends object>(
  object: T,
  methods: ReadonlySet<PropertyKey>,
  around: Around,
): T => {
  const made = new Map<PropertyKey, Method>()
  return new Proxy(object, {
    get(target, key) {
      const known = made.get(key)
      if (known) return known
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      const method = (value as Method).bind(target)
      const given: Method = methods.has(key)
        ? (...args) => around(String(key), args, () => method(...args) as Promise<unknown>)
        : method
      made.set(key, given)
      return given
    },
  })
}
