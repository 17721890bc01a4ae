/** Real pictures and PDFs, for what looks at their content. */
import sharp, { type Exif } from 'sharp'

export interface PictureOptions {
  width?: number
  height?: number
  /** EXIF orientation, 1 to 8. */
  orientation?: number
  exif?: Exif
}

/** A JPEG: left half red, right half blue. */
export const picture = async (options: PictureOptions = {}): Promise<Buffer<ArrayBuffer>> => {
  const { width = 64, height = 48, orientation, exif } = options
  const half = { width: width >> 1, height, channels: 3 as const, background: '#0000ff' }
  let image = sharp({ create: { width, height, channels: 3, background: '#ff0000' } })
    .composite([{ input: { create: half }, left: width - (width >> 1), top: 0 }])
    .jpeg({ quality: 90 })
  if (orientation !== undefined) image = image.withMetadata({ orientation })
  if (exif) image = image.withExif(exif)
  return Buffer.from(await image.toBuffer())
}

/** A PDF of one page with a line of text. */
export const pdf = (): Buffer => {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    '<< /Length 44 >>\nstream\nBT /F1 24 Tf 40 100 Td (Consent form) Tj ET\nendstream',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, i) => {
    const at = text.length
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const xref = text.length
  const lines = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  text += `xref\n0 6\n0000000000 65535 f \n${lines}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}
