/** What a sender says of a file, made safe to keep: it is shown to people and sent back in headers. */

const longestName = 200
/** Control characters, and those that turn the reading direction round (`exe.fdp` shown as `pdf.exe`). */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu
const token = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,98}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,98}$/

/** Shortens to `length` UTF-16 units, never through a character. */
const cut = (text: string, length: number): string => {
  let kept = ''
  for (const character of text) {
    if (kept.length + character.length > length) break
    kept += character
  }
  return kept
}

const shorten = (name: string): string => {
  if (name.length <= longestName) return name
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  return cut(name.slice(0, name.length - ending.length), longestName - ending.length) + ending
}

/**
 * A file name without folders and invisible characters, in Unicode NFC, of 1 to 200 characters, its ending kept.
 * The same name always gives the same.
 */
export const safeFileName = (declared: string): string => {
  const last = declared.split(/[/\\]/).at(-1) ?? ''
  const name = shorten(last.replace(unseen, '').normalize('NFC').trim()).trim()
  return /^\.*$/.test(name) ? 'file' : name
}

/** `type/subtype` in lower case, without parameters; `application/octet-stream` where that is not what was sent. */
export const safeContentType = (declared: string): string => {
  const type = (declared.split(';')[0] ?? '').trim().toLowerCase()
  return token.test(type) ? type : 'application/octet-stream'
}
