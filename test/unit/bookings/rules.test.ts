import { expect } from 'chai'
import fc from 'fast-check'
import { Calendar, datesBetween, type Interval } from '../../../sync/bookings/calendar.ts'
import {
  bookingRefusal,
  lengthOf,
  mayBook,
  nearest,
  reasonRefusal,
  offers,
  slotCount,
  termsRefusal,
  type Terms,
} from '../../../sync/bookings/rules.ts'
import { minuteMs, slotsOfDay } from '../../../sync/bookings/slots.ts'
import { practitionerReference, reasonReference, siteReference } from '../../../sync/contract/reference.ts'

const person = '00000000-0000-4000-8000-00000000000a'
const zones = ['Europe/London', 'America/New_York', 'Pacific/Auckland', 'Asia/Kathmandu', 'America/Sao_Paulo']

const timePair = fc
  .tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 40 }))
  .map(([start, length]) => [start * 15, Math.min(1440, (start + length) * 15)] as const)
  .map(([from, to]) => ({ from: clock(from), to: clock(to) }))
const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const hours = fc.array(timePair, { maxLength: 3 })

/** A day before, on or after a clock change, an ordinary one, and 29 February. */
const dates = [
  '2026-03-28',
  '2026-03-29',
  '2026-10-25',
  '2026-06-15',
  '2026-03-08',
  '2026-09-27',
  '2028-02-29',
]

const world = fc.record({
  zone: fc.constantFrom(...zones),
  date: fc.constantFrom(...dates),
  opening: hours,
  breaks: hours,
  rota: fc.option(hours),
  slotMinutes: fc.constantFrom(5, 10, 15, 20, 30, 45),
  booker: fc.constantFrom('staff', 'customer', 'prospect'),
  held: fc.array(fc.tuple(fc.integer({ min: -120, max: 1500 }), fc.integer({ min: 5, max: 120 })), {
    maxLength: 6,
  }),
  blocked: fc.array(fc.tuple(fc.integer({ min: -120, max: 1500 }), fc.integer({ min: 5, max: 120 })), {
    maxLength: 2,
  }),
  nowMinutes: fc.integer({ min: -3000, max: 1500 }),
  noticeMinutes: fc.constantFrom(0, 60, 1440),
  daysAhead: fc.constantFrom(0, 1, 90),
  duration: fc.constantFrom(undefined, 15, 30, 40),
})

const build = (w: typeof world extends fc.Arbitrary<infer T> ? T : never) => {
  const weekdays = [1, 2, 3, 4, 5, 6, 7]
  const site = siteReference.parse({
    ...{ kind: 'site', siteId: 1, name: 'Site', timeZone: w.zone, slotMinutes: w.slotMinutes },
    openingHours: weekdays.flatMap((weekday) =>
      w.opening.map(({ from, to }) => ({ weekday, opens: from, closes: to })),
    ),
    breaks: weekdays.flatMap((weekday) => w.breaks.map((time) => ({ weekday, ...time }))),
    onlineBooking: { noticeMinutes: w.noticeMinutes, daysAhead: w.daysAhead },
  })
  const practitioner = practitionerReference.parse({
    ...{ kind: 'practitioner', practitionerId: person, name: 'Somebody', siteIds: [1] },
    rota: w.rota && {
      weekly: weekdays.flatMap((weekday) => w.rota?.map((time) => ({ weekday, siteId: 1, ...time }))),
    },
  })
  const reason =
    w.duration === undefined
      ? null
      : reasonReference.parse({
          ...{ kind: 'reason', reasonId: person, name: 'Reason', durationMinutes: w.duration },
        })
  const calendar = new Calendar(w.zone)
  const day = calendar.day(w.date)
  const intervals = (list: [number, number][]): Interval[] =>
    list.map(([from, length]) => ({
      from: day.from + from * minuteMs,
      to: day.from + (from + length) * minuteMs,
    }))
  const taken = intervals(w.held)
  const now = day.from + w.nowMinutes * minuteMs
  const terms: Terms = { booker: w.booker, calendar, site, reason, now }
  const blocked = intervals(w.blocked)
  return {
    terms,
    day,
    taken,
    slots: slotsOfDay({ calendar, site, practitioner, date: w.date, blocked, taken }),
  }
}

describe('The rules for bookings', () => {
  it('take what search offers, and only that, whatever the day, the hours and the zone', () => {
    fc.assert(
      fc.property(world, (w) => {
        const { terms, day, slots } = build(w)
        const count = slotCount(terms, undefined) as number
        const length = count * w.slotMinutes * minuteMs
        const offered = new Set(offers(terms, slots, count).map(({ from }) => from))
        for (const from of offered)
          expect(bookingRefusal(terms, slots, { from, to: from + length })).to.equal(undefined)
        for (let from = day.from - 60 * minuteMs; from < day.to + 60 * minuteMs; from += 5 * minuteMs) {
          const free = bookingRefusal(terms, slots, { from, to: from + length }) === undefined
          expect(free, new Date(from).toISOString()).to.equal(offered.has(from))
        }
      }),
    )
  })

  it('never leave a booking too short for its reason where nobody says how long it is to be', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 1, max: 120 }), fc.boolean(), (w, minutes, newReason) => {
        const { terms } = build(w)
        const length = minutes * minuteMs
        const usual = lengthOf(terms)
        expect(usual).to.equal((slotCount(terms, undefined) as number) * w.slotMinutes * minuteMs)
        const moved = lengthOf(terms, { length, moves: true, newReason })
        expect(slotCount(terms, moved / minuteMs)).to.be.a('number')
        expect(moved).to.be.at.least(length)
        expect(moved).to.be.below(Math.max(length, usual) + w.slotMinutes * minuteMs)
        const stays = lengthOf(terms, { length, moves: false, newReason })
        expect(stays).to.equal(newReason && terms.reason ? Math.max(length, usual) : length)
      }),
    )
  })

  it('offer nothing that is held, nothing twice, and nothing outside the day', () => {
    fc.assert(
      fc.property(world, (w) => {
        const { terms, day, slots, taken } = build(w)
        const offered = offers(terms, slots, 1)
        expect(new Set(offered.map(({ from }) => from)).size).to.equal(offered.length)
        for (const { from, to } of offered) {
          expect(from).to.be.at.least(day.from)
          expect(to).to.be.at.most(day.to)
          expect(to - from).to.equal(w.slotMinutes * minuteMs)
          expect(taken.some((held) => held.from < to && from < held.to)).to.equal(false)
        }
      }),
    )
  })

  it('give the nearest offers first', () => {
    const at = (from: number): Interval => ({ from, to: from + 1 })
    expect(nearest([at(1), at(9), at(5), at(20)], at(6), 3)).to.deep.equal([at(5), at(9), at(1)])
  })
})

describe('A day of slots', () => {
  const site = (fields: object) =>
    siteReference.parse({ kind: 'site', siteId: 1, name: 'S', timeZone: 'Europe/London', ...fields })
  const practitioner = (fields: object = {}) =>
    practitionerReference.parse({
      ...{ kind: 'practitioner', practitionerId: person, name: 'P', siteIds: [1] },
      ...fields,
    })
  const slotsOf = (date: string, siteFields: object, who: object = {}) => {
    const here = site(siteFields)
    return slotsOfDay({
      ...{ calendar: new Calendar(here.timeZone), site: here, practitioner: practitioner(who), date },
      ...{ blocked: [], taken: [] },
    })
  }
  const starts = (slots: { from: number; working: boolean }[]) =>
    slots.filter(({ working }) => working).map(({ from }) => new Date(from).toISOString().slice(11, 16))
  const allDay = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '00:00', closes: '24:00' }))

  it('has 23 hours when the clocks go forward and 25 when they go back', () => {
    const fields = { openingHours: allDay, slotMinutes: 60 }
    expect(slotsOf('2026-03-29', fields)).to.have.length(23)
    expect(slotsOf('2026-10-25', fields)).to.have.length(25)
    expect(slotsOf('2026-10-26', fields)).to.have.length(24)
  })

  it('keeps to the clock on the wall on both sides of a clock change', () => {
    const fields = { openingHours: allDay.map((day) => ({ ...day, opens: '09:00', closes: '10:00' })) }
    expect(starts(slotsOf('2026-03-28', fields))[0]).to.equal('09:00')
    expect(starts(slotsOf('2026-03-30', fields))[0]).to.equal('08:00')
  })

  it('opens several times a day, and not in a break', () => {
    const fields = {
      openingHours: [
        { weekday: 1, opens: '09:00', closes: '10:00' },
        { weekday: 1, opens: '17:00', closes: '18:00' },
      ],
      breaks: [{ weekday: 1, from: '17:20', to: '17:40' }],
      slotMinutes: 30,
      timeZone: 'UTC',
    }
    expect(starts(slotsOf('2026-06-15', fields))).to.deep.equal(['09:00', '09:30'])
    expect(slotsOf('2026-06-15', fields)).to.have.length(4)
    expect(slotsOf('2026-06-16', fields)).to.have.length(0)
  })

  it('follows the exceptions of the site: closed, or other hours without the breaks', () => {
    const fields = {
      openingHours: [{ weekday: 1, opens: '09:00', closes: '10:00' }],
      breaks: [{ weekday: 1, from: '11:00', to: '12:00' }],
      exceptions: [
        { date: '2026-06-15', hours: [] },
        { date: '2026-06-22', hours: [{ opens: '11:00', closes: '12:00' }] },
      ],
      slotMinutes: 30,
      timeZone: 'UTC',
    }
    expect(slotsOf('2026-06-15', fields)).to.have.length(0)
    expect(starts(slotsOf('2026-06-22', fields))).to.deep.equal(['11:00', '11:30'])
    expect(starts(slotsOf('2026-06-29', fields))).to.deep.equal(['09:00', '09:30'])
  })

  it('follows the rota: the times at this site, the days that stand in its place, and leave', () => {
    const fields = {
      openingHours: [{ weekday: 1, opens: '09:00', closes: '12:00' }],
      slotMinutes: 60,
      timeZone: 'UTC',
    }
    const weekly = [
      { weekday: 1, siteId: 1, from: '09:00', to: '10:00' },
      { weekday: 1, siteId: 2, from: '10:00', to: '12:00' },
    ]
    const exceptions = [
      { date: '2026-06-22', hours: [{ siteId: 1, from: '10:30', to: '12:00' }] },
      { date: '2026-06-29', hours: [] },
    ]
    const rota = { weekly, exceptions }
    expect(starts(slotsOf('2026-06-15', fields, { rota }))).to.deep.equal(['09:00'])
    expect(starts(slotsOf('2026-06-22', fields, { rota }))).to.deep.equal(['11:00'])
    expect(starts(slotsOf('2026-06-29', fields, { rota }))).to.deep.equal([])
    expect(starts(slotsOf('2026-06-29', fields, { rota: null }))).to.have.length(3)
    expect(starts(slotsOf('2026-06-15', fields, { rota: { weekly: null, exceptions } }))).to.have.length(3)
    expect(starts(slotsOf('2026-06-15', fields, { siteIds: [2] }))).to.deep.equal([])
    expect(starts(slotsOf('2026-06-15', fields, { active: false }))).to.deep.equal([])
  })
})

describe('What a booking breaks', () => {
  const site = siteReference.parse({
    ...{ kind: 'site', siteId: 1, name: 'Hillside', timeZone: 'UTC', slotMinutes: 15 },
    openingHours: [{ weekday: 1, opens: '09:00', closes: '17:00' }],
    breaks: [{ weekday: 1, from: '12:30', to: '13:30' }],
    onlineBooking: { noticeMinutes: 60, daysAhead: 30 },
  })
  const practitioner = practitionerReference.parse({
    ...{ kind: 'practitioner', practitionerId: person, name: 'P', siteIds: [1] },
  })
  const reason = reasonReference.parse({
    ...{ kind: 'reason', reasonId: person, name: 'Lameness', durationMinutes: 20 },
  })
  const calendar = new Calendar('UTC')
  const at = (text: string): number => Date.parse(`2026-06-15T${text}:00Z`)
  const terms = (fields: Partial<Terms> = {}): Terms => ({
    ...{ booker: 'customer', calendar, site, reason, now: at('08:00'), ...fields },
  })
  const refusal = (from: string, to: string, fields: Partial<Terms> = {}) => {
    const taken = [{ from: at('10:00'), to: at('10:30') }]
    const blocked = [{ from: at('11:00'), to: at('11:30') }]
    const slots = slotsOfDay({ calendar, site, practitioner, date: '2026-06-15', blocked, taken })
    return bookingRefusal(terms(fields), slots, { from: at(from), to: at(to) })?.code
  }

  it('is named by its code', () => {
    expect(refusal('09:30', '10:00')).to.equal(undefined)
    expect(refusal('09:30', '09:50')).to.equal('DURATION_NOT_SLOT_MULTIPLE')
    expect(refusal('09:35', '10:05')).to.equal('DURATION_NOT_SLOT_MULTIPLE')
    expect(refusal('09:30', '09:45')).to.equal('DURATION_TOO_SHORT')
    expect(refusal('09:30', '09:45', { booker: 'staff' })).to.equal(undefined)
    expect(refusal('08:30', '09:00', { booker: 'staff' })).to.equal('OUTSIDE_HOURS')
    expect(refusal('12:15', '12:45')).to.equal('OUTSIDE_HOURS')
    expect(refusal('16:45', '17:15')).to.equal('OUTSIDE_HOURS')
    expect(refusal('09:45', '10:15')).to.equal('SLOT_TAKEN')
    expect(refusal('11:15', '11:45')).to.equal('SLOT_TAKEN')
    expect(refusal('09:00', '09:30', { now: at('08:01') })).to.equal('ONLINE_BOOKING_DISALLOWED')
    expect(refusal('09:00', '09:30', { now: at('09:10') })).to.equal('IN_THE_PAST')
    expect(refusal('09:00', '09:30', { now: at('09:10'), booker: 'staff' })).to.equal(undefined)
    expect(refusal('09:00', '09:30', { now: at('09:15'), booker: 'staff' })).to.equal('IN_THE_PAST')
    const longAgo = at('08:00') - 31 * 86_400_000
    expect(refusal('09:00', '09:30', { now: longAgo })).to.equal('ONLINE_BOOKING_DISALLOWED')
    expect(refusal('09:00', '09:30', { now: longAgo, booker: 'staff' })).to.equal(undefined)
  })

  it('is a missing reason: online one of the list, for staff also their own words', () => {
    const none = { reason: null }
    expect(reasonRefusal(terms(none), 'Ate a sock')?.code).to.equal('REASON_REQUIRED')
    expect(reasonRefusal(terms({ ...none, booker: 'staff' }), null)?.code).to.equal('REASON_REQUIRED')
    expect(reasonRefusal(terms({ ...none, booker: 'staff' }), 'Ate a sock')).to.equal(undefined)
    expect(reasonRefusal(terms(), null)).to.equal(undefined)
  })

  it('is a practitioner whom only staff book', () => {
    expect(mayBook('customer', { ...practitioner, onlineBooking: false })).to.equal(false)
    expect(mayBook('staff', { ...practitioner, onlineBooking: false })).to.equal(true)
    expect(mayBook('staff', { ...practitioner, active: false })).to.equal(false)
  })

  it('is said beforehand where it holds for every time', () => {
    const online = (fields: object) => ({ ...site, onlineBooking: { ...site.onlineBooking, ...fields } })
    expect(termsRefusal(terms())).to.equal(undefined)
    expect(termsRefusal(terms({ site: online({ enabled: false }) }))?.code).to.equal(
      'ONLINE_BOOKING_DISALLOWED',
    )
    expect(termsRefusal(terms({ site: online({ enabled: false }), booker: 'staff' }))).to.equal(undefined)
    const withoutProspects = terms({ site: online({ prospects: false }), booker: 'prospect' })
    expect(termsRefusal(withoutProspects)?.code).to.equal('ONLINE_BOOKING_DISALLOWED')
    const byPhone = { ...reason, onlineBooking: false }
    expect(termsRefusal(terms({ reason: byPhone }))?.code).to.equal('ONLINE_BOOKING_DISALLOWED')
  })
})

describe('A calendar', () => {
  it('counts days over 29 February and over clock changes', () => {
    expect(datesBetween('2028-02-28', '2028-03-01')).to.deep.equal(['2028-02-28', '2028-02-29', '2028-03-01'])
    expect(datesBetween('2026-03-28', '2026-03-30')).to.have.length(3)
  })

  it('moves a time that a night leaves out, and takes the first of one that comes twice', () => {
    const london = new Calendar('Europe/London')
    expect(new Date(london.at('2026-03-29', '01:30')).toISOString()).to.equal('2026-03-29T01:30:00.000Z')
    expect(new Date(london.at('2026-10-25', '01:30')).toISOString()).to.equal('2026-10-25T00:30:00.000Z')
    expect(london.dateOf(Date.parse('2026-06-15T23:30:00Z'))).to.equal('2026-06-16')
  })
})
