/** The order of LevelDB's keys, which is that of their UTF-8 and so of their code points. */

/** Where a UTF-16 unit stands among the others: the halves of pairs, which are code points of their own, come last. */
const placeOf = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800

/** As `Buffer.compare` of both texts' UTF-8, and without making any. */
export const utf8Order = (a: string, b: string): number => {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return placeOf(x) - placeOf(y)
  }
  return a.length - b.length
}
