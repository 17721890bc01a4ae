/**
 * Markup that runs, or reaches out, where it is opened: looked for in all of a file, piece by piece, as a parser reads it,
 * with character references replaced.
 */
import type { StagedFile } from '../storage/port.ts'
import { encodingOf, html, svg, xml } from './markup.ts'

/** Encodings in which the letters of ASCII are those of ASCII, and UTF-16. */
const readable = /^(?:utf-?8|utf-16(?:le|be)?|(?:us-)?ascii|iso-8859-\d+|windows-125\d)$/i

/** Harm in XML of any kind. */
const anywhere =
  /<(?:[^\s<>/!?:=]+:)?script[\s>/]|<!entity|<\?xml-stylesheet|<!doctype[^>[]{0,1000}\ssystem\s|w3\.org\/2001\/xinclude/i
/** Harm where a browser draws: in SVG and in XHTML. */
const whereDrawn =
  /<(?:[^\s<>/!?:=]+:)?(?:foreignobject|iframe|embed|object|applet|handler|listener|frame|frameset)[\s>/]|[\s"'/]on[a-z]{3,}\s*=|attributename\s*=\s*["']?\s*(?:on|(?:[^\s"'=]+:)?href)/i
/** The same, all white space left out, as URLs are read. */
const schemes =
  /(?:java|vb)script:|data:text\/(?:html|xml)|data:application\/(?:xhtml|xml|javascript)|data:image\/svg/i
/** Outside references of SVG: whatever is neither a place in it nor a picture's bytes. */
const outside =
  /[\s"'](?:[^\s"'=<>:]+:)?(?:href|src)\s*=\s*["']?\s*(?!["'#]|data:image\/(?:png|jpe?g|gif|webp)[;,])[^\s"'>]|url\(\s*["']?\s*(?!["'#)\s]|data:(?:image\/(?:png|jpe?g|gif|webp)|(?:application\/(?:x-)?font|font\/)))|@import|xml:base\s*=/i
const svgNamespace = /w3\.org\/2000\/svg/i
const xhtmlNamespace = /w3\.org\/1999\/xhtml/i

/** Characters of a piece that are looked at again with the next. */
const overlap = 4096
/** Longer character references are made to hide something. */
const longestReference = 40

/** Whether markup holds something that runs or is fetched where it is opened. HTML always may. */
export const isActiveMarkup = async (kind: string, staged: StagedFile): Promise<boolean> => {
  if (kind === html) return true
  if (kind !== svg && kind !== xml) return false
  const look = new Look(kind)
  let decoder: TextDecoder | undefined
  for await (const chunk of await staged.open()) {
    decoder ??= new TextDecoder(encodingOf(chunk as Buffer))
    if (look.harmIn(decoder.decode(chunk as Buffer, { stream: true }))) return true
  }
  return look.harms
}

class Look {
  #isSvg: boolean
  #isDrawn: boolean
  #runs = false
  #reaches = false
  #read = ''
  #unread = ''
  #begun = false

  constructor(kind: string) {
    this.#isSvg = this.#isDrawn = kind === svg
  }

  get harms(): boolean {
    return (this.#isDrawn && this.#runs) || (this.#isSvg && this.#reaches)
  }

  /** Whether there is harm up to the end of this piece. */
  harmIn(piece: string): boolean {
    const raw = this.#unread + piece
    this.#unread = /&[#\w]*$/.exec(raw)?.[0] ?? ''
    if (this.#unread.length > longestReference) return true
    const text = this.#read + plain(raw.slice(0, raw.length - this.#unread.length))
    this.#read = text.slice(-overlap)
    if (!this.#begun && isUnreadable(text)) return true
    this.#begun = true
    this.#isSvg ||= svgNamespace.test(text)
    this.#isDrawn ||= this.#isSvg || xhtmlNamespace.test(text)
    this.#runs ||= whereDrawn.test(text) || schemes.test(text.replace(/\s+/g, ''))
    this.#reaches ||= outside.test(text)
    return anywhere.test(text) || this.harms
  }
}

const isUnreadable = (text: string): boolean => {
  const encoding = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']?([^"'\s?>]+)/i.exec(text)?.[1]
  return encoding !== undefined && !readable.test(encoding)
}

/** Character references replaced, white space as one blank, control characters left out. */
const plain = (text: string): string =>
  text
    .replace(/&#(?:x([0-9a-f]+)|(\d+));?/gi, (_, hex: string | undefined, decimal: string | undefined) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    .replace(/[\s\p{Cc}]+/gu, ' ')
