/** Small pictures made on the device, where the platform can: browsers, and Capacitor with them. */
import type { CachedFile } from './local/file-cache.ts'

/** Of the longer side, as the server's. */
const side = 320

export const makeThumbnail = async ({ bytes, contentType }: CachedFile): Promise<CachedFile | null> => {
  if (!contentType.startsWith('image/')) return null
  if (typeof createImageBitmap !== 'function' || typeof OffscreenCanvas !== 'function') return null
  const picture = await createImageBitmap(new Blob([bytes], { type: contentType }))
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const width = Math.max(1, Math.round(picture.width * scale))
  const height = Math.max(1, Math.round(picture.height * scale))
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  picture.close()
  const small = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })
  return { bytes: new Uint8Array(await small.arrayBuffer()), contentType: small.type }
}
