/** The kinds of file that a practice keeps: by content type, with the other names that senders use. */

/** What a group takes where it does not say otherwise. */
export const defaultAllowedTypes = [
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/heic',
  'image/heif',
  'image/avif',
  'image/tiff',
  'image/bmp',
  'application/pdf',
  'application/dicom',
  'text/plain',
  'text/csv',
  'application/json',
  'application/xml',
  'application/rtf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'audio/mpeg',
  'audio/mp4',
  'audio/wav',
  'audio/ogg',
  'audio/aac',
  'video/mp4',
  'video/quicktime',
  'video/webm',
  'video/3gpp',
  'application/octet-stream',
] as const

const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/x-ms-bmp': 'image/bmp',
  'image/heic-sequence': 'image/heic',
  'image/heif-sequence': 'image/heif',
  'application/x-pdf': 'application/pdf',
  'application/dicom+octet-stream': 'application/dicom',
  'text/xml': 'application/xml',
  'text/json': 'application/json',
  'text/rtf': 'application/rtf',
  'application/csv': 'text/csv',
  'application/x-zip-compressed': 'application/zip',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/ogg; codecs=opus': 'audio/ogg',
  'audio/opus': 'audio/ogg',
  'video/x-m4v': 'video/mp4',
  'video/x-matroska': 'video/webm',
  'application/x-cfb': 'application/x-ole',
}

/** The one name of a content type that has several. */
export const canonicalType = (type: string): string => aliases[type] ?? type

/** A sender that does not know says this. */
export const unknownType = 'application/octet-stream'

/** Kinds whose bytes are text, which no signature tells apart. */
export const isTextType = (type: string): boolean =>
  type.startsWith('text/') || ['application/json', 'application/xml', 'image/svg+xml'].includes(type)

/** Kinds that share a container: what the signature says, and what the sender may call it. */
const containers: Readonly<Record<string, readonly string[]>> = {
  'application/x-ole': ['application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint'],
  'image/heif': ['image/heic'],
  'image/heic': ['image/heif'],
  'video/mp4': ['audio/mp4', 'video/quicktime', 'video/3gpp'],
  'audio/mp4': ['video/mp4'],
  'video/quicktime': ['video/mp4'],
  'video/webm': ['audio/webm'],
  'video/ogg': ['audio/ogg'],
  'image/tiff': ['image/x-adobe-dng'],
}

/** Whether a file whose signature says `sniffed` may be called `declared`. */
export const agree = (sniffed: string, declared: string): boolean =>
  sniffed === declared || (containers[sniffed] ?? []).includes(declared)
