/**
 * JSON to send. Of an answer that is one long list, V8 makes a text in pieces, puts them together and then the bytes
 * of them, each time in memory that is new; its entries one by one take half of the time.
 */

/** Of shorter lists nothing is won. */
const longList = 32
/** Bytes of the space to write in that is kept from one call to the next. */
const keptSpace = 1024 * 1024
/** Bytes that UTF-8 takes for a unit of UTF-16, at most. */
const mostBytes = 3

let space = Buffer.allocUnsafeSlow(keptSpace)

/** What `JSON.stringify` gives for a value, of a long list in UTF-8; where that is nothing, `null`. */
export const jsonContent = (value: unknown): string | Buffer => {
  if (!hasLongList(value)) return JSON.stringify(value) ?? 'null'
  try {
    const size = writeObject(value)
    return Buffer.from(space.subarray(0, size))
  } finally {
    if (space.length > keptSpace) space = Buffer.allocUnsafeSlow(keptSpace)
  }
}

const hasLongList = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !('toJSON' in value) &&
  Object.values(value).some(isLong)

const isLong = (entry: unknown): entry is unknown[] => Array.isArray(entry) && entry.length >= longList

/** Returns where the text ends in `space`. */
const writeObject = (value: object): number => {
  let end = 0
  let before = '{'
  for (const [name, entry] of Object.entries(value)) {
    const text = isLong(entry) ? '[' : JSON.stringify(entry)
    if (text === undefined) continue
    end = put(`${before}${JSON.stringify(name)}:${text}`, end)
    before = ','
    if (isLong(entry)) end = writeEntries(entry, end)
  }
  return put('}', end)
}

const writeEntries = (entries: readonly unknown[], from: number): number => {
  let end = from
  let before = ''
  for (const entry of entries) {
    end = put(before + (JSON.stringify(entry) ?? 'null'), end)
    before = ','
  }
  return put(']', end)
}

const put = (text: string, at: number): number => {
  const most = at + text.length * mostBytes
  if (most > space.length) {
    const larger = Buffer.allocUnsafeSlow(most * 2)
    space.copy(larger, 0, 0, at)
    space = larger
  }
  return at + space.write(text, at)
}
