/** Bytes that a user has sent on a day (UTC), counted in the store, so that it holds over all servers. */
import type { Finishing } from './finishing.ts'
import type { DocumentSettings } from './group-settings.ts'

const dayMs = 86_400_000
const maxTries = 50

const idOf = ({ app, user }: Finishing): string =>
  `quota:${user.groupId}:${user.userId}:${new Date(app.now()).toISOString().slice(0, 10)}`

/** Fails where the day's bytes would be too many. */
export const checkQuota = async (
  finishing: Finishing,
  { dailyBytesPerUser }: DocumentSettings,
  size: number,
): Promise<void> => {
  if (dailyBytesPerUser === null) return
  const doc = await finishing.app.uploadsDb.get(idOf(finishing))
  refuseOver(finishing, Number(doc?.['bytes'] ?? 0) + size, dailyBytesPerUser)
}

/** Counts a file that is about to be kept; fails where it would be too much. */
export const countAgainstQuota = async (
  finishing: Finishing,
  { dailyBytesPerUser }: DocumentSettings,
  size: number,
): Promise<void> => {
  if (dailyBytesPerUser === null) return
  const { uploadsDb } = finishing.app
  const _id = idOf(finishing)
  for (let tries = 0; tries < maxTries; tries += 1) {
    const doc = await uploadsDb.get(_id)
    const bytes = Number(doc?.['bytes'] ?? 0) + size
    refuseOver(finishing, bytes, dailyBytesPerUser)
    const [written] = await uploadsDb.write([{ ...doc, _id, type: 'quota', bytes }])
    if (written?.ok) return
  }
  throw new Error('A quota is written too often to count')
}

const refuseOver = ({ app, fail }: Finishing, bytes: number, limit: number): void => {
  if (bytes <= limit) return
  const untilMidnight = dayMs - (app.now() % dayMs)
  fail('UPLOAD_QUOTA_EXCEEDED', {
    detail: `A user may send ${limit} bytes a day.`,
    retryAfterSeconds: untilMidnight / 1000,
  })
}
