/** Zip archives, also such as no program would write. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  bytes: Buffer
  /** What the archive says of the inflated size; the truth where absent. */
  claimed?: number
  /** Entries of the directory that all name these bytes. */
  times?: number
}

export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, bytes, claimed = bytes.length, times = 1 } of entries) {
    const packed = deflateRawSync(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(claimed, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    files.push(Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(at, 10)
    for (let i = 0; i < times; i += 1)
      directory.push(Buffer.from('PK\x01\x02\x14\x00'), common, place, Buffer.from(name))
    at += 30 + Buffer.byteLength(name) + packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(18)
  const count = entries.reduce((sum, { times = 1 }) => sum + times, 0)
  end.writeUInt16LE(count, 4)
  end.writeUInt16LE(count, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06'), end])
}

const office = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
export const docxType = `${office}.document`

/** A Word document, with what else it is to hold. */
export const docx = (more: readonly ZipEntry[] = []): Buffer =>
  zip([
    {
      name: '[Content_Types].xml',
      bytes: Buffer.from(
        `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="${office}.document.main+xml"/></Types>`,
      ),
    },
    { name: 'word/document.xml', bytes: Buffer.from('<w:document/>') },
    ...more,
  ])
