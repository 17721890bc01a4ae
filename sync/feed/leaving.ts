/**
 * Records of an upload's answer that the device is not to keep. The feed tells of a record that leaves the window; one
 * that stood outside of it before the device's first pull, because an earlier answer was lost, the feed never names.
 */
import type { UploadResult } from '../contract/upload.ts'
import { placeOf, sortableInstant } from './entries.ts'
import { inWindow, windowAt, type WindowSettings } from './window.ts'

/**
 * Marks the results whose record lies outside of the collection's window.
 * @param now ms since the epoch
 */
export const withLeaving = (
  results: readonly UploadResult[],
  type: string,
  { windows, now }: { windows: WindowSettings; now: number },
): UploadResult[] => {
  const place = placeOf(type)
  if (!place) return [...results]
  const window = windowAt(windows, place.collection, now)
  return results.map((result) =>
    !result.record || inWindow(window, sortableInstant(result.record[place.dateField]))
      ? result
      : { ...result, outOfWindow: true },
  )
}
