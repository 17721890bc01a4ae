/** One user a device. */
export interface User {
  index: number
  userId: string
  practitionerId: string
}
