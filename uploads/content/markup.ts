/** Text that is markup, and files that are two things at once. */

const svg = 'image/svg+xml'
const html = 'text/html'

/** The beginning as text, byte-order marks and white space left out. */
const beginning = (head: Buffer): string => {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0
  const text =
    mark === 0xfffe
      ? head.toString('utf16le')
      : mark === 0xfeff
        ? Buffer.from(head.subarray(0, head.length & ~1))
            .swap16()
            .toString('utf16le')
        : head.toString('utf8')
  return text.replace(/^\ufeff/, '').trimStart()
}

/** The kind of a text that is markup; undefined for other text. */
export const isMarkup = (head: Buffer): string | undefined => {
  const text = beginning(head)
  if (!text.startsWith('<')) return undefined
  const start = text.slice(0, 4096).toLowerCase()
  if (/^<(?:\?xml|!--|!doctype|(?:\w+:)?svg[\s>/])/.test(start) && /<(?:\w+:)?svg[\s>/]/.test(start))
    return svg
  if (
    /^(?:<!--[\s\S]*?-->|<\?xml[^>]*\?>|\s)*<(?:!doctype\s+html|html|head|body|script|iframe|img|table|div|p|a|style|meta|link|object|embed|form)[\s>/]/.test(
      start,
    )
  )
    return html
  return start.startsWith('<?xml') ? 'application/xml' : undefined
}

const script =
  /<(?:\w+:)?script[\s>/]|<(?:\w+:)?(?:foreignobject|iframe|embed|object|handler|listener)[\s>/]|[\s"'/]on[a-z]{3,}\s*=|(?:javascript|vbscript)\s*:|data\s*:\s*text\/html|<!entity|<\?xml-stylesheet|<\w*:?(?:set|animate)\b[^>]*attributename\s*=\s*["']?(?:xlink:)?href/i

/** Whether markup holds something that runs where it is opened. HTML always may. */
export const isActiveMarkup = (kind: string, head: Buffer): boolean => {
  if (kind === html) return true
  return (kind === svg || kind === 'application/xml') && script.test(beginning(head))
}

const endOfZip = Buffer.from('PK\x05\x06')
const endOfZipBytes = 22

/** Whether the end of a file is the end of a zip archive, whatever its beginning is. */
const endsAsZip = (tail: Buffer): boolean => {
  for (
    let at = tail.lastIndexOf(endOfZip);
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(endOfZip, at - 1)
  ) {
    if (at + endOfZipBytes > tail.length) continue
    const comment = tail.readUInt16LE(at + 20)
    if (at + endOfZipBytes + comment === tail.length && tail.readUInt16LE(at + 4) === 0) return true
  }
  return false
}

/** In a picture or a recording these stand nowhere by chance: five bytes and more, of which one file in a million has one. */
const embedded = /<(?:script|html|\?php|iframe)[\s>]|<!doctype html|%PDF-\d/i
/** Beginnings of pictures and recordings that are the beginning of a comment in JavaScript as well. */
const beginsAsScript = /^(?:GIF8[79]a|BM|RIFF|\xff\xd8\xff[\xe0\xe1])(?:\/[*/]|=)/
const isMedia = (kind: string): boolean => /^(?:image|audio|video)\//.test(kind) && kind !== svg

/** In what way a file is two things at once; undefined where it is not. */
export const polyglotFault = (kind: string, head: Buffer, tail: Buffer): string | undefined => {
  const zipBased = kind.includes('zip') || kind.includes('openxml') || kind.includes('opendocument')
  if (!zipBased && endsAsZip(tail)) return `The file is ${kind} and a zip archive at once`
  const start = head.toString('latin1')
  if (kind === 'application/pdf') return pdfFault(start.slice(0, 1024))
  // DICOM may hold a PDF, but not in front of its own mark.
  const searched = isMedia(kind)
    ? start + tail.toString('latin1')
    : kind === 'text/plain'
      ? ''
      : start.slice(0, 1024)
  const found = embedded.exec(searched)?.[0]
  if (found !== undefined)
    return `The file is ${kind} and ${found.startsWith('%') ? 'a PDF' : 'a web page'} at once`
  return beginsAsScript.test(start) ? `The file is ${kind} and a script at once` : undefined
}

const pdfFault = (start: string): string | undefined => {
  if (!start.startsWith('%PDF-')) return 'Something stands in front of the PDF'
  return /<(?:script|html|\?php|!doctype html|svg|iframe)[\s>]/i.test(start)
    ? 'The file is a PDF and a web page at once'
    : undefined
}
