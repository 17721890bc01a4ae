/** Files that are two things at once: a picture that is an archive, a page or a script as well. */
import { svg, xml } from './markup.ts'

const endOfZip = Buffer.from('PK\x05\x06')
const endOfZipBytes = 22
const directoryEntry = 0x02014b50

/** Whether there is the end of a zip archive at the end of a file, whatever its beginning is, and whatever follows it. */
const endsAsZip = (tail: Buffer): boolean => {
  for (
    let at = tail.lastIndexOf(endOfZip);
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(endOfZip, at - 1)
  ) {
    if (at + endOfZipBytes > tail.length) continue
    const toTheEnd = at + endOfZipBytes + tail.readUInt16LE(at + 20) === tail.length
    const directoryAt = at - tail.readUInt32LE(at + 12)
    const afterItsDirectory = directoryAt >= 0 && tail.readUInt32LE(directoryAt) === directoryEntry
    if ((toTheEnd || afterItsDirectory) && tail.readUInt16LE(at + 4) === 0) return true
  }
  return false
}

/** Self-extracting archives are looked for anywhere in a file. */
const archives = [Buffer.from('Rar!\x1a\x07', 'latin1'), Buffer.from('377abcaf271c', 'hex')]

/** In a picture or a recording these stand nowhere by chance: of a million files not one has one. */
const embedded =
  /<(?:script|html|\?php|iframe|body)[\s>]|<!doctype html|<(?:svg|img)\s+[a-z:-]+\s*=|<\?=[\t\n\r\x20-\x7e]{3,500}?\?>|%PDF-\d/i
/** Beginnings of other files that are the beginning of a program or of a comment in JavaScript as well. */
const beginsAsScript = /^(?:#!|(?:GIF8[79]a|BM|RIFF|\xff\xd8\xff[\xe0\xe1])(?:\/[*/]|=))/
const isMedia = (kind: string): boolean => /^(?:image|audio|video)\//.test(kind) && kind !== svg
/** A text may well speak of pages; markup was looked at before. */
const isText = (kind: string): boolean => kind.startsWith('text/') || kind === svg || kind === xml

/** A file with the beginning of a zip archive; `application/zip` and all that is made of one. */
export const beginsAsZip = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'PK\x03\x04'

/** In what way a file is two things at once; undefined where it is not. */
export const polyglotFault = (kind: string, head: Buffer, tail: Buffer): string | undefined => {
  if (!beginsAsZip(head) && endsAsZip(tail)) return `The file is ${kind} and a zip archive at once`
  const start = head.toString('latin1')
  if (kind === 'application/pdf') return pdfFault(start.slice(0, 1024))
  if (isMedia(kind) && archives.some((mark) => head.includes(mark) || tail.includes(mark)))
    return `The file is ${kind} and an archive at once`
  const found = embeddedIn(kind, start, tail)
  if (found !== undefined)
    return `The file is ${kind} and ${found.startsWith('%') ? 'a PDF' : 'a web page'} at once`
  return !isText(kind) && beginsAsScript.test(start) ? `The file is ${kind} and a script at once` : undefined
}

const embeddedIn = (kind: string, start: string, tail: Buffer): string | undefined => {
  // Readers take a PDF that begins within the first kilobyte.
  if (isText(kind)) return /%PDF-\d/.exec(start.slice(0, 1024))?.[0]
  // DICOM may hold a PDF, but not in front of its own mark.
  return embedded.exec(isMedia(kind) ? start + tail.toString('latin1') : start.slice(0, 1024))?.[0]
}

const pdfFault = (start: string): string | undefined => {
  if (!start.startsWith('%PDF-')) return 'Something stands in front of the PDF'
  return /<(?:script|html|\?php|!doctype html|svg|iframe)[\s>]/i.test(start)
    ? 'The file is a PDF and a web page at once'
    : undefined
}
