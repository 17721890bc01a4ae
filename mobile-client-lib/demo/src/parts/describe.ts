/** Records and fields in words, for lists that hold all kinds. */
type Fields = Readonly<Record<string, unknown>>

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

const kinds: Record<string, (fields: Fields) => string> = {
  appointments: ({ reasonText, startsAt }) =>
    `Appointment ${text(reasonText)} ${text(startsAt).slice(0, 10)}`,
  treatments: ({ description, code, quantity }) =>
    `Treatment ${text(description) || text(code)} × ${text(quantity)}`,
  payments: ({ method, amount, currency }) =>
    `Payment ${text(method)} ${(Number(amount) / 100).toFixed(2)} ${text(currency)}`,
  clients: ({ firstName, lastName }) => `Client ${text(firstName)} ${text(lastName)}`,
  animals: ({ name }) => `Animal ${text(name)}`,
  documents: ({ title }) => `File ${text(title)}`,
}

export const describeRecord = (collectionName: string, fields: Fields): string =>
  (kinds[collectionName]?.(fields) ?? collectionName).trim()

/** `weightGrams` → `weight grams`. */
export const fieldWords = (field: string): string => field.replace(/([A-Z])/g, ' $1').toLowerCase()

/** A value as a person can read it. */
export const valueWords = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return 'nothing'
  if (Array.isArray(value)) return value.map(valueWords).join(', ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([field, part]) => `${fieldWords(field)}: ${valueWords(part)}`)
      .join('; ')
  return JSON.stringify(value).replace(/^"|"$/g, '')
}
