/** The handler of every call. One that is missing does not compile. */
import type { Handlers } from '../http/handler.ts'
import { listAudit, verifyAudit } from './administration/audit.ts'
import { erasePersonalData } from './administration/erase-personal-data.ts'
import { exportPersonalData } from './administration/export-personal-data.ts'
import { bridgeFile, bridgeReport, bridgeTake } from './bridge/agent.ts'
import { bridgeFate } from './bridge/fate.ts'
import { bridgeGet, bridgePost, bridgePut } from './bridge/relay.ts'
import { changePassword } from './authentication/change-password.ts'
import { forgottenPassword } from './authentication/forgotten-password.ts'
import { login } from './authentication/login.ts'
import { logout } from './authentication/logout.ts'
import { refreshUserToken } from './authentication/refresh-user-token.ts'
import { resetPassword } from './authentication/reset-password.ts'
import {
  confirmSecondFactor,
  disableSecondFactor,
  enrolSecondFactor,
} from './authentication/second-factor.ts'
import { verifyUser } from './authentication/verify-user.ts'
import { documentContent } from './documents/content.ts'
import { deleteDocument, getDocument, restoreDocument, updateDocument } from './documents/one.ts'
import { listDocuments } from './documents/list.ts'
import { getDocumentSettings, putDocumentSettings } from './documents/settings.ts'
import { documentThumbnail } from './documents/thumbnail.ts'
import { addDocumentVersion } from './documents/versions.ts'
import { continueUpload, discardUpload, startUpload, uploadStatus } from './documents/uploads.ts'
import { accountingPeriod, closeAccountingPeriod } from './clinical-portal/accounting-period.ts'
import { portalAnimalSummary } from './clinical-portal/animal-summary.ts'
import { changePrescriptionStatus } from './clinical-portal/change-prescription-status.ts'
import { clientAccount } from './clinical-portal/client-account.ts'
import { createInvoice } from './clinical-portal/create-invoice.ts'
import { createPrescription } from './clinical-portal/create-prescription.ts'
import { createReminder } from './clinical-portal/create-reminder.ts'
import { portalDashboard } from './clinical-portal/dashboard.ts'
import { getInvoice } from './clinical-portal/get-invoice.ts'
import { portalAppointments } from './clinical-portal/list-appointments.ts'
import { portalInvoices } from './clinical-portal/list-invoices.ts'
import { portalPrescriptions } from './clinical-portal/list-prescriptions.ts'
import { portalReminders } from './clinical-portal/list-reminders.ts'
import { updateReminder } from './clinical-portal/update-reminder.ts'
import { myAnimalById, myAnimalHistory } from './client-link/animal.ts'
import { avgWaitForSite } from './client-link/avg-wait-for-site.ts'
import { bookAppointment } from './client-link/book-appointment.ts'
import { cancelMyAppointment } from './client-link/cancel-my-appointment.ts'
import { myDetails, updateMyDetails } from './client-link/details.ts'
import { myAnimals, myAppointments, myPrescriptions, myReminders } from './client-link/lists.ts'
import { myInvoices } from './client-link/my-invoices.ts'
import { requestPrescription } from './client-link/request-prescription.ts'
import { surgeonAvailability } from './client-link/surgeon-availability.ts'
import { captureUserInfo } from './global/capture-user-info.ts'
import { connectNewUserToGroup } from './global/connect-new-user-to-group.ts'
import { connectToSite } from './global/connect-to-site.ts'
import { disconnectFromGroup } from './global/disconnect-from-group.ts'
import { groupSites } from './global/group-sites.ts'
import { groups } from './global/groups.ts'
import { myConnections } from './global/my-connections.ts'
import { searchAvailability } from './managed-bookings/search-availability.ts'
import { bookingReasons } from './managed-bookings/booking-reasons.ts'
import { createAppointment } from './managed-bookings/create-appointment.ts'
import { updateAppointment } from './managed-bookings/update-appointment.ts'
import { blockTime, listBlockedTime, unblockTime } from './managed-bookings/blocked-time.ts'
import { cancelAppointment } from './managed-bookings/cancel-appointment.ts'
import { updatePMSPassword } from './global/update-pms-password.ts'
import {
  connectUserToPmsGroup,
  disconnectUserFromPmsGroup,
  pmsConnections,
} from './mobile/connect-user-to-pms-group.ts'
import { searchClients } from './managed-bookings/search-clients.ts'
import { cutOffDevice, listDevices, restoreDevice } from './mobile/devices.ts'
import { getAnimalHistory } from './mobile/get-animal-history.ts'
import { getAnimal } from './mobile/get-animal.ts'
import { getClient } from './mobile/get-client.ts'
import { listConflicts } from './mobile/list-conflicts.ts'
import { listRejected } from './mobile/list-rejected.ts'
import { resolveConflict } from './mobile/resolve-conflict.ts'
import { retrieveDiariesForDay, retrieveDiary } from './mobile/retrieve-diaries-for-day.ts'
import { retrieveDayList, retrieveFullList } from './mobile/retrieve-full-list.ts'
import { retrieveTreatmentCodes } from './mobile/retrieve-treatment-codes.ts'
import { syncEvents } from './mobile/sync-events.ts'
import { syncNews } from './mobile/sync-news.ts'
import { syncPull } from './mobile/sync-pull.ts'
import { uploadDocument } from './mobile/upload-document.ts'
import {
  uploadAnimalItems,
  uploadAppointmentItems,
  uploadClientItems,
  uploadPaymentItems,
  uploadTreatmentItems,
} from './mobile/upload-items.ts'
import { prospectAvailability, prospectReasons } from './prospect-bookings/availability.ts'
import { createProspectBooking } from './prospect-bookings/create-booking.ts'
import { mergeProspect } from './prospect-bookings/merge-prospect.ts'
import {
  cancelProspectBooking,
  changeProspectBooking,
  getProspectBooking,
} from './prospect-bookings/own-booking.ts'
import { prospectMatches } from './prospect-bookings/prospect-matches.ts'
import { registerProspect } from './prospect-bookings/register-prospect.ts'
import { checkClientExists } from './registrations/check-client-exists.ts'
import { getRegistration } from './registrations/get-registration.ts'
import * as registrationLists from './registrations/lists.ts'
import { registerClient } from './registrations/register-client.ts'
import { groupHealth, groupsHealth } from './system/group-health.ts'
import { health } from './system/health.ts'
import { healthReport } from './system/health-report.ts'
import { ready } from './system/ready.ts'

export const handlers: Handlers = {
  login,
  verifyUser,
  refreshUserToken,
  changePassword,
  forgottenPassword,
  resetPassword,
  enrolSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  logout,
  captureUserInfo,
  connectNewUserToGroup,
  groups,
  groupSites,
  connectToSite,
  disconnectFromGroup,
  myConnections,
  updatePMSPassword,
  connectUserToPmsGroup,
  pmsConnections,
  disconnectUserFromPmsGroup,
  retrieveDiariesForDay,
  retrieveFullList,
  retrieveDiary,
  retrieveDayList,
  retrieveTreatmentCodes,
  getClient,
  getAnimal,
  getAnimalHistory,
  uploadTreatmentItems,
  uploadAppointmentItems,
  uploadPaymentItems,
  uploadClientItems,
  uploadAnimalItems,
  uploadDocument,
  listDocuments,
  getDocument,
  updateDocument,
  deleteDocument,
  restoreDocument,
  addDocumentVersion,
  documentContent,
  documentThumbnail,
  getDocumentSettings,
  putDocumentSettings,
  startUpload,
  uploadStatus,
  continueUpload,
  discardUpload,
  syncPull,
  syncNews,
  syncEvents,
  listConflicts,
  resolveConflict,
  listRejected,
  searchClients,
  listDevices,
  cutOffDevice,
  restoreDevice,
  titles: registrationLists.titles,
  cities: registrationLists.cities,
  counties: registrationLists.counties,
  species: registrationLists.species,
  breeds: registrationLists.breeds,
  colours: registrationLists.colours,
  sexes: registrationLists.sexes,
  registrationSites: registrationLists.registrationSites,
  clientCategories: registrationLists.clientCategories,
  introducedBy: registrationLists.introducedBy,
  consentMethods: registrationLists.consentMethods,
  terms: registrationLists.terms,
  checkClientExists,
  registerClient,
  getRegistration,
  prospectReasons,
  prospectAvailability,
  createProspectBooking,
  getProspectBooking,
  changeProspectBooking,
  cancelProspectBooking,
  prospectMatches,
  registerProspect,
  mergeProspect,
  searchAvailability,
  bookingReasons,
  createAppointment,
  updateAppointment,
  cancelAppointment,
  listBlockedTime,
  blockTime,
  unblockTime,
  portalAppointments,
  portalDashboard,
  portalAnimalSummary,
  portalPrescriptions,
  createPrescription,
  changePrescriptionStatus,
  portalReminders,
  createReminder,
  updateReminder,
  createInvoice,
  portalInvoices,
  getInvoice,
  clientAccount,
  accountingPeriod,
  closeAccountingPeriod,
  myAnimals,
  myAnimalById,
  myAnimalHistory,
  myAppointments,
  myReminders,
  myPrescriptions,
  requestPrescription,
  myDetails,
  updateMyDetails,
  myInvoices,
  bookAppointment,
  cancelMyAppointment,
  avgWaitForSite,
  surgeonAvailability,
  listAudit,
  verifyAudit,
  exportPersonalData,
  erasePersonalData,
  bridgeTake,
  bridgeReport,
  bridgeFile,
  bridgeFate,
  bridgeGet,
  bridgePost,
  bridgePut,
  health,
  ready,
  groupsHealth,
  groupHealth,
  healthReport,
}
