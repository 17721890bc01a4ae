/** Text that is markup: which kind of it. */

export const svg = 'image/svg+xml'
export const html = 'text/html'
export const xml = 'application/xml'

/** How a text that begins with these bytes is encoded, by its byte-order mark. */
export const encodingOf = (head: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-8' => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8'
}

const htmlElements = new Set(
  (
    'html head title base link meta style body script noscript template iframe frame frameset object embed applet ' +
    'p a b i u s q em strong small big font center span div br hr pre code h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table ' +
    'tr td th thead tbody caption form input button select textarea label fieldset details summary dialog marquee ' +
    'blink main section article aside header footer nav figure img image picture source video audio track canvas map ' +
    'area math isindex plaintext xmp listing bgsound keygen'
  ).split(' '),
)

/** Where a document type that begins at `at` ends; the end of the text where it does not. */
const endOfDoctype = (text: string, at: number): number => {
  for (let place = at; place < text.length; place += 1) {
    if (text[place] === '>') return place + 1
    if (text[place] !== '[') continue
    place = text.indexOf(']', place)
    if (place < 0) break
  }
  return text.length
}

const behind = (text: string, mark: string, at: number): number => {
  const found = text.indexOf(mark, at)
  return found < 0 ? text.length : found + mark.length
}

/** Where the first element begins: behind white space, comments, instructions and document types. */
const firstElement = (text: string): number => {
  for (let at = 0; ;) {
    while (/\s/.test(text.charAt(at))) at += 1
    if (text.startsWith('<!--', at)) at = behind(text, '-->', at)
    else if (text.startsWith('<?', at)) at = behind(text, '?>', at)
    else if (/^<!doctype/i.test(text.slice(at, at + 9))) at = endOfDoctype(text, at)
    else return at
  }
}

/** The kind of a text that is markup; undefined for other text. */
export const isMarkup = (head: Buffer): string | undefined => {
  const text = new TextDecoder(encodingOf(head)).decode(head).trimStart()
  if (!text.startsWith('<')) return undefined
  const at = firstElement(text)
  if (/<!doctype\s+html[\s>]/i.test(text.slice(0, at))) return html
  const element = /^<([^\s<>/!?="']{1,100})(?=[\s>/])/.exec(text.slice(at, at + 110))?.[1]?.toLowerCase()
  if (element?.replace(/^.*:/, '') === 'svg') return svg
  if (element !== undefined && htmlElements.has(element)) return html
  // What begins as XML does is looked at as such, also where its first element is far away or nowhere.
  const isElement = element !== undefined && /^[\p{L}_:][\p{L}\p{N}._:-]*$/u.test(element)
  return at > 0 || isElement ? xml : undefined
}
