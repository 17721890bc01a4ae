/** Looking for the place in a file costs little, whatever the file is made of. */
import { expect } from 'chai'
import { Readable } from 'node:stream'
import { withoutPlace } from '../../../uploads/content/location.ts'
import type { StagedFile } from '../../../uploads/storage/port.ts'

/** A staged file in memory that counts how often it is opened. */
const counted = (bytes: Buffer): { staged: StagedFile; opened: () => number } => {
  let opened = 0
  const nothing = (): Promise<never> => Promise.reject(new Error('Only looked at'))
  const staged: StagedFile = {
    ...{ sha256: '', size: bytes.length, commit: nothing, abort: () => Promise.resolve() },
    open({ start = 0, end } = { start: 0 }) {
      opened += 1
      return Promise.resolve(Readable.from([bytes.subarray(start, end === undefined ? undefined : end + 1)]))
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return { staged, opened: () => opened }
}

const riff = Buffer.from('RIFF\xff\xff\xff\x00WEBPVP8 ', 'latin1')
const size = 3_000_000

describe('A file that is made of nothing but', () => {
  const cases: Record<string, [type: string, head: Buffer, filling: Buffer]> = {
    'packets of XMP': ['image/webp', riff, Buffer.from('<x:xmpmeta')],
    'marks of EXIF': ['image/webp', riff, Buffer.from('EXIF')],
    'blocks of EXIF': ['image/webp', riff, Buffer.from('EXIF\0\0\0\0II*\0\x08\0\0\0')],
    'segments of JPEG': ['image/jpeg', Buffer.from('ffd8', 'hex'), Buffer.from('ffe00002', 'hex')],
    'chunks of PNG': [
      'image/png',
      Buffer.from('89504e470d0a1a0a', 'hex'),
      Buffer.from('000000007a54587400000000', 'hex'),
    ],
    'boxes of MP4': ['video/mp4', Buffer.alloc(0), Buffer.from('0000000866726565', 'hex')],
  }
  for (const [name, [type, head, filling]] of Object.entries(cases))
    it(`${name} is read a few hundred times at most`, async () => {
      const { staged, opened } = counted(Buffer.concat([head, Buffer.alloc(size, filling)]))
      const bare = await withoutPlace(staged, type)
      bare?.destroy()
      expect(opened()).to.be.at.most(500)
    })
})
