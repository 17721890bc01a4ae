const PLAIN = /^[a-z0-9_-]$/
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Writes a database's name in `a-z 0-9 _ -` and an escape sign, so that it may stand in a file system that does not
 * tell capitals apart, and in a CouchDB.
 */
export function encodeName(name: string, escape: '%' | '$'): string {
  let encoded = ''
  for (const byte of new TextEncoder().encode(name)) {
    const character = String.fromCharCode(byte)
    encoded += PLAIN.test(character) ? character : escape + byte.toString(16).padStart(2, '0')
  }
  return encoded
}

/** The name behind `encoded`, or undefined where `encodeName` did not write it. */
export function decodeName(encoded: string, escape: '%' | '$'): string | undefined {
  const bytes: number[] = []
  for (let at = 0; at < encoded.length; at++) {
    if (encoded[at] !== escape) {
      bytes.push(encoded.charCodeAt(at))
      continue
    }
    bytes.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16))
    at += 2
  }
  try {
    const name = utf8.decode(Uint8Array.from(bytes))
    return name !== '' && encodeName(name, escape) === encoded ? name : undefined
  } catch {
    return undefined
  }
}
