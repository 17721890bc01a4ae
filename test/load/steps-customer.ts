/** A customer's app: an account made, linked to the client who was registered, used and closed. */
import { bare, field, type Step } from './step.ts'

const mail = 'customer-${unique}@example.com'
const [password, nextPassword] = ['Three-Grey-Mares-9', 'Four-Brown-Mares-10']

const account: readonly Step[] = [
  {
    ...{ call: 'captureUserInfo', as: 'app' },
    body: {
      ...{ email: mail, title: 'Mrs', firstName: 'Dorothy', lastName: 'Hale', mobile: '${phoneNumber}' },
      ...{ password, acceptTerms: true },
    },
    take: { globalAccountId: field('globalAccountId') },
  },
  {
    ...{ call: 'connectNewUserToGroup', as: 'server' },
    body: {
      ...{ globalAccountId: '${globalAccountId}', groupId: bare('groupId') },
      ...{ siteId: bare('siteId'), clientId: '${clientId}' },
    },
  },
  {
    ...{ call: 'verifyUser', as: 'app', how: 'a customer' },
    body: { username: mail, password },
    take: { customerToken: field('userToken') },
  },
  {
    ...{ call: 'connectToSite', as: 'customer' },
    body: { groupId: bare('groupId'), siteId: bare('siteId') },
  },
  { call: 'myConnections', as: 'customer' },
]

const animals: readonly Step[] = [
  { call: 'myAnimals', as: 'customer' },
  { call: 'myAnimalById', as: 'customer', params: { id: '${animalItem}' } },
  { call: 'myAnimalHistory', as: 'customer', params: { id: '${animalItem}' } },
  {
    ...{ call: 'surgeonAvailability', as: 'app' },
    query: { siteId: '${siteId}', from: '${from}', to: '${to}' },
  },
  {
    // The time that the desk booked and gave back.
    ...{ call: 'bookAppointment', as: 'customer' },
    body: {
      ...{ siteId: bare('siteId'), practitionerId: '${free_g1}', startsAt: '${free_g2}' },
      ...{ reasonId: '${reasonId}', animalIds: ['${animalItem}'], note: 'Off her feed since Friday.' },
    },
    take: { myAppointmentId: field('id') },
  },
  { call: 'myAppointments', as: 'customer' },
  {
    ...{ call: 'cancelMyAppointment', as: 'customer' },
    body: { appointmentId: '${myAppointmentId}', note: 'Is well again.' },
  },
  { call: 'myInvoices', as: 'customer' },
  { call: 'myReminders', as: 'customer' },
  { call: 'myPrescriptions', as: 'customer' },
  {
    ...{ call: 'requestPrescription', as: 'customer' },
    body: { prescriptionId: '${prescriptionId}', note: 'Four tablets left.' },
  },
  { call: 'myDetails', as: 'customer' },
  { call: 'updateMyDetails', as: 'customer', body: { phones: ['${phoneNumber}', '${otherNumber}'] } },
]

const staff: readonly Step[] = [
  {
    ...{ call: 'connectUserToPmsGroup', as: 'customer' },
    body: { groupId: bare('groupId'), pmsUsername: '${username}', pmsPassword: '${password}' },
  },
  { call: 'pmsConnections', as: 'customer' },
  {
    // Refused for what it is: a good one would end the tokens of every other user of the load.
    ...{ call: 'updatePMSPassword', as: 'vet', expect: '422' },
    body: { groupId: bare('groupId'), pmsUsername: '${username}', newPmsPassword: 'short' },
  },
  { call: 'disconnectUserFromPmsGroup', as: 'customer', body: { groupId: bare('groupId') } },
]

const end: readonly Step[] = [
  { call: 'disconnectFromGroup', as: 'customer', body: { groupId: bare('groupId') } },
  { call: 'forgottenPassword', as: 'app', body: { username: mail } },
  {
    // The token goes out by mail, which the load does not read.
    ...{ call: 'resetPassword', as: 'app', expect: '401|422' },
    body: { resetToken: '${unique}', newPassword: nextPassword },
  },
  {
    ...{ call: 'changePassword', as: 'customer' },
    body: { oldPassword: password, newPassword: nextPassword },
  },
  // Second factors are staff's: a customer is refused, so that the load turns none on and locks nobody.
  { call: 'enrolSecondFactor', as: 'customer', body: { password: nextPassword }, expect: '403' },
  { call: 'confirmSecondFactor', as: 'customer', body: { oneTimeCode: '000000' }, expect: '403' },
  {
    ...{ call: 'disableSecondFactor', as: 'customer', expect: '403' },
    body: { password: nextPassword, oneTimeCode: '000000' },
  },
  { call: 'logout', as: 'customer' },
]

export const customerSteps: readonly Step[] = [...account, ...animals, ...staff, ...end]
