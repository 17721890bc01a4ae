/** A 128-bit hash in plain TypeScript, the same on servers and devices. For naming things, not for secrets. */

const seeds = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667] as const
const factors = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const

/** The avalanche of MurmurHash3: every bit of the input reaches every bit of the output. */
function avalanche(n: number): number {
  let h = n ^ (n >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const hex = (n: number) => (n >>> 0).toString(16).padStart(8, '0')

/** 32 hex digits that depend on every UTF-16 unit of `text`: four lanes, each stirred by its neighbour. */
export function hash128(text: string): string {
  let [a, b, c, d]: [number, number, number, number] = [...seeds]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit ^ (d >>> 15), factors[0])
    b = Math.imul(b ^ unit ^ (a >>> 13), factors[1])
    c = Math.imul(c ^ unit ^ (b >>> 16), factors[2])
    d = Math.imul(d ^ unit ^ (c >>> 14), factors[3])
  }
  a = avalanche(a ^ text.length)
  b = avalanche(b ^ a)
  c = avalanche(c ^ b)
  d = avalanche(d ^ c)
  return hex(a ^ d) + hex(b ^ d) + hex(c ^ d) + hex(d)
}

/** The hash of `text` in the form of a UUID (version 8: made by a rule of its own). */
export function hashUuid(text: string): string {
  const h = hash128(text)
  const variant = ((parseInt(h[16] ?? '0', 16) & 3) | 8).toString(16)
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`
}
