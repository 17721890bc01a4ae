/** The health of groups, then a practice's web site: registration, and a first appointment of somebody who is no client yet. */
import { anyFree, bare, field, type Step } from './step.ts'

const group = { groupId: '${groupId}' }
const lists = [
  ...(['titles', 'cities', 'counties', 'species', 'colours', 'sexes', 'registrationSites'] as const),
  ...(['clientCategories', 'introducedBy', 'consentMethods'] as const),
]

const newcomer = (phone: string, mail: string) => ({
  ...{ title: 'Mrs', firstName: 'Dorothy', lastName: 'Hale-${unique}' },
  ...{ phones: [phone], emails: [`${mail}-\${unique}@example.com`] },
})
const animal = { name: 'Biscuit', species: 'Dog' }

const booking = (n: 1 | 2, phone: string): Step[] => [
  {
    ...{ call: 'prospectAvailability', as: 'app' },
    query: { ...group, siteId: '${siteId}', from: '${from}', to: '${to}', reasonId: '${prospectReason}' },
    take: { free: anyFree },
  },
  {
    ...{ call: 'createProspectBooking', as: 'app' },
    body: {
      ...{ groupId: bare('groupId'), siteId: bare('siteId'), reasonId: '${prospectReason}' },
      ...{ practitionerId: '${free_g1}', startsAt: '${free_g2}', notes: 'Limps since yesterday' },
      ...{ prospect: newcomer(phone, `prospect-${n}`), animals: [animal] },
    },
    take: { reference: field('reference'), [`prospect${n}`]: field('prospectId') },
  },
]

export const publicSteps: readonly Step[] = [
  { call: 'groupsHealth', as: 'server' },
  { call: 'groupHealth', as: 'server', params: group },
  { call: 'healthReport', as: 'server' },
  { call: 'groups', as: 'app' },
  { call: 'groupSites', as: 'app', params: group },
  { call: 'avgWaitForSite', as: 'app', query: { siteId: '${siteId}' }, expect: '200|404' },
  ...lists.map((call): Step => ({ call, as: 'app', query: group })),
  { call: 'breeds', as: 'app', query: { ...group, species: 'Cat' } },
  { call: 'terms', as: 'app', query: group, take: { terms: field('version') } },
  {
    ...{ call: 'checkClientExists', as: 'app' },
    body: { groupId: bare('groupId'), lastName: 'Hale-${unique}', phones: ['${phoneNumber}'] },
  },
  {
    ...{ call: 'registerClient', as: 'app' },
    body: {
      ...{ groupId: bare('groupId'), siteId: bare('siteId') },
      client: {
        ...newcomer('${phoneNumber}', 'client'),
        address: { line1: '3 Tithe Barn Close', city: 'Stonebeck', postcode: 'HD9 4LT' },
      },
      ...{ animals: [animal], terms: { version: '${terms}', accepted: true }, overrideDuplicate: true },
    },
    take: { clientId: field('clientId') },
  },
  { call: 'getRegistration', as: 'server', params: { clientId: '${clientId}' }, query: group },
  { call: 'prospectReasons', as: 'app', query: group, take: { prospectReason: field('reasonId') } },
  ...booking(1, '${otherNumber}'),
  { call: 'getProspectBooking', as: 'app', params: { reference: '${reference}' } },
  {
    call: 'changeProspectBooking',
    as: 'app',
    params: { reference: '${reference}' },
    body: { notes: 'Comes by bus' },
  },
  { call: 'cancelProspectBooking', as: 'app', params: { reference: '${reference}' } },
  { call: 'prospectMatches', as: 'server', params: { prospectId: '${prospect1}' }, query: group },
  {
    call: 'registerProspect',
    as: 'server',
    params: { prospectId: '${prospect1}' },
    body: { groupId: bare('groupId') },
  },
  ...booking(2, '${otherNumber}'),
  {
    ...{ call: 'mergeProspect', as: 'server', params: { prospectId: '${prospect2}' } },
    body: { groupId: bare('groupId'), clientId: '${clientId}' },
  },
  { call: 'cancelProspectBooking', as: 'app', params: { reference: '${reference}' } },
]
