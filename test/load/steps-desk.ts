/** A practice's desk: its bookings, and the Clinical Portal. */
import { anyFree, bare, field, type Step } from './step.ts'

const site = { siteId: '${siteId}' }
const whom = { siteId: bare('siteId'), clientId: '${clientId}', animalId: '${animalItem}' }

const bookings: readonly Step[] = [
  { call: 'searchClients', as: 'vet', query: { surname: '${surname}', limit: '20' } },
  {
    ...{ call: 'bookingReasons', as: 'server', query: { ...site, groupId: '${groupId}' } },
    take: { reasonId: '"reasonId":"([^"]+)","name":"${reason}"' },
  },
  {
    ...{ call: 'searchAvailability', as: 'server' },
    query: { ...site, groupId: '${groupId}', from: '${from}', to: '${to}', reasonId: '${reasonId}' },
    take: { free: anyFree },
  },
  {
    ...{ call: 'createAppointment', as: 'server' },
    body: {
      ...{
        groupId: bare('groupId'),
        siteId: bare('siteId'),
        practitionerId: '${free_g1}',
        clientId: '${clientId}',
      },
      ...{
        animalIds: ['${animalItem}'],
        startsAt: '${free_g2}',
        endsAt: '${free_g3}',
        reasonId: '${reasonId}',
      },
    },
    take: { appointmentId: field('id') },
  },
  {
    ...{ call: 'updateAppointment', as: 'server', params: { appointmentId: '${appointmentId}' } },
    body: { notes: 'Brings a sample' },
  },
  {
    ...{ call: 'cancelAppointment', as: 'server', params: { appointmentId: '${appointmentId}' } },
    body: { note: 'Is well again' },
  },
  {
    ...{ call: 'blockTime', as: 'vet' },
    body: {
      ...{ siteId: bare('siteId'), startsAt: '${free_g2}', endsAt: '${free_g3}', reason: 'Kept free' },
      practitionerId: '${free_g1}',
    },
    take: { blockId: field('id') },
  },
  { call: 'listBlockedTime', as: 'vet', query: { ...site, from: '${from}', to: '${to}' } },
  { call: 'unblockTime', as: 'vet', params: { blockId: '${blockId}' } },
]

const prescriptions: readonly Step[] = [
  {
    ...{ call: 'createPrescription', as: 'vet' },
    body: {
      ...{ ...whom, description: 'Meloxicam 1.5 mg/ml oral suspension', quantity: '100' },
      ...{ directions: 'Once a day with food', repeatsAllowed: 3, validUntil: '${nextYear}', approve: true },
    },
    take: { prescriptionId: field('id') },
  },
  {
    ...{ call: 'changePrescriptionStatus', as: 'vet', params: { id: '${prescriptionId}' } },
    body: { status: 'DISPENSED', messageForCustomer: 'Ready from 4 p.m.' },
  },
  { call: 'portalPrescriptions', as: 'vet', query: { ...site, status: 'REQUESTED', limit: '20' } },
  {
    ...{ call: 'createReminder', as: 'vet' },
    body: { ...whom, kind: 'VACCINATION', text: 'The yearly booster is due', dueOn: '${nextYear}' },
    take: { reminderId: field('id') },
  },
  { call: 'updateReminder', as: 'vet', params: { id: '${reminderId}' }, body: { status: 'DONE' } },
  { call: 'portalReminders', as: 'vet', query: { ...site, status: 'OPEN', limit: '20' } },
]

const money: readonly Step[] = [
  {
    ...{ call: 'createInvoice', as: 'vet', body: { clientId: '${clientId}', siteId: bare('siteId') } },
    take: { invoiceId: field('id') },
  },
  { call: 'getInvoice', as: 'vet', params: { invoiceId: '${invoiceId}' } },
  { call: 'portalInvoices', as: 'vet', query: { clientId: '${clientId}' } },
  { call: 'clientAccount', as: 'vet', params: { clientId: '${clientId}' } },
  // Closed again before the day before which they are closed already, so that nobody's books change.
  { call: 'accountingPeriod', as: 'admin', take: { closedBefore: '"closedBefore":(null|"[^"]+")' } },
  { call: 'closeAccountingPeriod', as: 'admin', body: { closedBefore: bare('closedBefore') } },
]

export const deskSteps: readonly Step[] = [
  ...bookings,
  { call: 'portalDashboard', as: 'vet', query: site },
  {
    call: 'portalAppointments',
    as: 'vet',
    query: { ...site, from: '${today}', to: '${today}', limit: '50' },
  },
  { call: 'portalAnimalSummary', as: 'vet', params: { id: '${animalItem}' } },
  ...prescriptions,
  ...money,
]
