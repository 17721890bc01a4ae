/** POST /v2/clientLink/bookAppointment */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import { sitesOf } from '../../../sync/bookings/references.ts'
import type { BookingFor } from '../../../sync/bookings/setting.ts'
import { docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import { bookAppointment as declared } from '../../contract/client-link-bookings.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { ownedBy, type Owned } from './owned.ts'
import { appointmentShown, referredBy } from './shown.ts'

type Call = Api['bookAppointment']

/** A customer books at every site of a group that they are a client of. */
export const asCustomer = async ({ group }: Owned, userId: string): Promise<BookingFor> => {
  const siteIds = (await sitesOf(group)).map(({ siteId }) => siteId)
  return { actor: { userId, siteIds, practitionerId: null }, booker: 'customer' }
}

export const bookAppointment: Handler<Call> = async (input, app) => {
  const { groupId, note: notes, ...wanted } = input.body
  const mine = await atSite(input, await ownedBy(app, input.caller))
  const { group, clientId } = mine
  await onlyOwn(input, mine)
  const who = await asCustomer(mine, input.caller.user.userId)
  const appointmentId = input.derivedId('appointment')
  const booking = { ...wanted, appointmentId, clientId, reasonText: null, notes }
  const done = await bookingsOf(group).book(who, booking)
  if (done.outcome === 'refused') {
    const { code, options } = refusedAmong(declared.errors, done)
    return input.fail(code, options)
  }
  const { appointment } = done
  const referred = await referredBy(mine, [appointment])
  return { status: 201, body: appointmentShown(mine, appointment, referred) }
}

/** The customer's record with the group that the site is of. */
const atSite = async ({ body, fail }: Input<Call>, all: readonly Owned[]): Promise<Owned> => {
  const { groupId, siteId } = body
  const asked = all.filter(({ group }) => groupId === undefined || group.groupId === groupId)
  const found = await Promise.all(
    asked.map(async (mine) => ((await mine.group.db.get(`reference:site:${siteId}`)) ? [mine] : [])),
  )
  const [only, ...further] = found.flat()
  if (!only) return fail('UNKNOWN_SITE', { detail: 'You are not a client of a practice with this site.' })
  if (further.length > 0)
    return fail('INVALID_REQUEST', {
      errors: [{ path: 'groupId', message: 'is required: several of your practices have this site' }],
    })
  return only
}

/** An animal of somebody else's is not told from one that there is not. */
const onlyOwn = async ({ body, fail }: Input<Call>, { group, clientId }: Owned): Promise<void> => {
  const animals = await group.db.getMany(body.animalIds.map((id) => docId('animal', id)))
  const errors = animals.flatMap((animal, i) =>
    animal?.['clientId'] === clientId
      ? []
      : [{ path: `animalIds.${i}`, message: 'is no animal of yours with this practice' }],
  )
  if (errors.length > 0)
    return fail('UNKNOWN_REFERENCE', { detail: 'There is no such animal of yours.', errors })
}
