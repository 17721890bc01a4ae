/** Fields of a JSON text that its shape does not know: written wrong, they would be left out without a word. Pure. */

type Path = readonly (string | number)[]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * @param given as it was written
 * @param taken what the shape made of it
 * @returns the path of each field that was left out
 */
export const unknownFields = (given: unknown, taken: unknown, at: Path = []): Path[] => {
  if (Array.isArray(given) && Array.isArray(taken))
    return given.flatMap((one, i) => unknownFields(one, taken[i], [...at, i]))
  if (!isObject(given) || !isObject(taken)) return []
  return Object.entries(given).flatMap(([field, value]) =>
    Object.hasOwn(taken, field) ? unknownFields(value, taken[field], [...at, field]) : [[...at, field]],
  )
}
