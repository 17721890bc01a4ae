/** On whose behalf the write path works where no user is signed in: a server key, or a practice's web site. */
import type { Actor } from '../../sync/actor.ts'

/** Stands in a record where it names who made it. */
const apiUserId = '00000000-0000-4000-8000-00000000a001'

export const apiActor = (siteIds: readonly number[]): Actor => ({
  ...{ userId: apiUserId, siteIds, practitionerId: null },
})
