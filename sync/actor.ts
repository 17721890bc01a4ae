/** On whose behalf something is read or written. */
export interface Actor {
  userId: string
  /** The sites whose records this user may see and write. */
  siteIds: readonly number[]
  practitionerId: string | null
}
