/** Every call there is. A handler is demanded for each (server/services/handlers.ts). */
import * as audit from './audit.ts'
import * as authentication from './authentication.ts'
import * as blockedTime from './blocked-time.ts'
import * as bridge from './bridge.ts'
import * as bridgeAgent from './bridge-agent.ts'
import * as clientLink from './client-link.ts'
import * as clientLinkBookings from './client-link-bookings.ts'
import * as clientLinkInvoices from './client-link-invoices.ts'
import * as clientLinkSites from './client-link-sites.ts'
import * as clientSearch from './client-search.ts'
import * as devices from './devices.ts'
import * as documentUploads from './document-uploads.ts'
import * as documents from './documents.ts'
import * as portal from './clinical-portal.ts'
import * as portalCare from './clinical-portal-care.ts'
import * as portalMoney from './clinical-portal-money.ts'
import * as groupHealth from './group-health.ts'
import * as global from './global.ts'
import * as managedBookings from './managed-bookings.ts'
import * as mobile from './mobile.ts'
import * as mobileOldApps from './mobile-old-apps.ts'
import * as mobileReview from './mobile-review.ts'
import * as mobileSync from './mobile-sync.ts'
import * as mobileUpload from './mobile-upload.ts'
import * as prospectBookings from './prospect-bookings.ts'
import * as prospects from './prospects.ts'
import * as registrationLists from './registration-lists.ts'
import * as registrations from './registrations.ts'
import * as personalData from './personal-data.ts'
import * as pms from './pms.ts'
import * as secondFactor from './second-factor.ts'
import * as system from './system.ts'

export const api = {
  login: authentication.login,
  verifyUser: authentication.verifyUser,
  refreshUserToken: authentication.refreshUserToken,
  changePassword: authentication.changePassword,
  forgottenPassword: authentication.forgottenPassword,
  resetPassword: authentication.resetPassword,
  logout: authentication.logout,
  enrolSecondFactor: secondFactor.enrolSecondFactor,
  confirmSecondFactor: secondFactor.confirmSecondFactor,
  disableSecondFactor: secondFactor.disableSecondFactor,
  captureUserInfo: global.captureUserInfo,
  connectNewUserToGroup: global.connectNewUserToGroup,
  groups: global.groups,
  groupSites: global.groupSites,
  connectToSite: global.connectToSite,
  disconnectFromGroup: global.disconnectFromGroup,
  myConnections: global.myConnections,
  updatePMSPassword: pms.updatePMSPassword,
  connectUserToPmsGroup: pms.connectUserToPmsGroup,
  pmsConnections: pms.pmsConnections,
  disconnectUserFromPmsGroup: pms.disconnectUserFromPmsGroup,
  retrieveDiariesForDay: mobile.retrieveDiariesForDay,
  retrieveFullList: mobile.retrieveFullList,
  retrieveDiary: mobileOldApps.retrieveDiary,
  retrieveDayList: mobileOldApps.retrieveDayList,
  retrieveTreatmentCodes: mobile.retrieveTreatmentCodes,
  getClient: mobile.getClient,
  getAnimal: mobile.getAnimal,
  getAnimalHistory: mobile.getAnimalHistory,
  uploadTreatmentItems: mobileUpload.uploadTreatmentItems,
  uploadAppointmentItems: mobileUpload.uploadAppointmentItems,
  uploadPaymentItems: mobileUpload.uploadPaymentItems,
  uploadClientItems: mobileUpload.uploadClientItems,
  uploadAnimalItems: mobileUpload.uploadAnimalItems,
  uploadDocument: mobileUpload.uploadDocument,
  listDocuments: documents.listDocuments,
  getDocument: documents.getDocument,
  updateDocument: documents.updateDocument,
  deleteDocument: documents.deleteDocument,
  restoreDocument: documents.restoreDocument,
  addDocumentVersion: documents.addDocumentVersion,
  documentContent: documents.documentContent,
  documentThumbnail: documents.documentThumbnail,
  getDocumentSettings: documents.getDocumentSettings,
  putDocumentSettings: documents.putDocumentSettings,
  startUpload: documentUploads.startUpload,
  uploadStatus: documentUploads.uploadStatus,
  continueUpload: documentUploads.continueUpload,
  discardUpload: documentUploads.discardUpload,
  syncPull: mobileSync.syncPull,
  syncNews: mobileSync.syncNews,
  syncEvents: mobileSync.syncEvents,
  listConflicts: mobileReview.listConflicts,
  resolveConflict: mobileReview.resolveConflict,
  listRejected: mobileReview.listRejected,
  searchClients: clientSearch.searchClients,
  listDevices: devices.listDevices,
  cutOffDevice: devices.cutOffDevice,
  restoreDevice: devices.restoreDevice,
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
  checkClientExists: registrations.checkClientExists,
  registerClient: registrations.registerClient,
  getRegistration: registrations.getRegistration,
  prospectReasons: prospectBookings.prospectReasons,
  prospectAvailability: prospectBookings.prospectAvailability,
  createProspectBooking: prospectBookings.createProspectBooking,
  getProspectBooking: prospectBookings.getProspectBooking,
  changeProspectBooking: prospectBookings.changeProspectBooking,
  cancelProspectBooking: prospectBookings.cancelProspectBooking,
  prospectMatches: prospects.prospectMatches,
  registerProspect: prospects.registerProspect,
  mergeProspect: prospects.mergeProspect,
  searchAvailability: managedBookings.searchAvailability,
  bookingReasons: managedBookings.bookingReasons,
  createAppointment: managedBookings.createAppointment,
  updateAppointment: managedBookings.updateAppointment,
  cancelAppointment: managedBookings.cancelAppointment,
  listBlockedTime: blockedTime.listBlockedTime,
  blockTime: blockedTime.blockTime,
  unblockTime: blockedTime.unblockTime,
  portalAppointments: portal.portalAppointments,
  portalDashboard: portal.portalDashboard,
  portalAnimalSummary: portal.portalAnimalSummary,
  portalPrescriptions: portalCare.portalPrescriptions,
  createPrescription: portalCare.createPrescription,
  changePrescriptionStatus: portalCare.changePrescriptionStatus,
  portalReminders: portalCare.portalReminders,
  createReminder: portalCare.createReminder,
  updateReminder: portalCare.updateReminder,
  createInvoice: portalMoney.createInvoice,
  portalInvoices: portalMoney.portalInvoices,
  getInvoice: portalMoney.getInvoice,
  clientAccount: portalMoney.clientAccount,
  accountingPeriod: portalMoney.accountingPeriod,
  closeAccountingPeriod: portalMoney.closeAccountingPeriod,
  myAnimals: clientLink.myAnimals,
  myAnimalById: clientLink.myAnimalById,
  myAnimalHistory: clientLink.myAnimalHistory,
  myAppointments: clientLink.myAppointments,
  myReminders: clientLink.myReminders,
  myPrescriptions: clientLink.myPrescriptions,
  requestPrescription: clientLink.requestPrescription,
  myDetails: clientLink.myDetails,
  updateMyDetails: clientLink.updateMyDetails,
  myInvoices: clientLinkInvoices.myInvoices,
  bookAppointment: clientLinkBookings.bookAppointment,
  cancelMyAppointment: clientLinkBookings.cancelMyAppointment,
  avgWaitForSite: clientLinkSites.avgWaitForSite,
  surgeonAvailability: clientLinkSites.surgeonAvailability,
  listAudit: audit.listAudit,
  verifyAudit: audit.verifyAudit,
  exportPersonalData: personalData.exportPersonalData,
  erasePersonalData: personalData.erasePersonalData,
  bridgeTake: bridgeAgent.bridgeTake,
  bridgeReport: bridgeAgent.bridgeReport,
  bridgeFile: bridgeAgent.bridgeFile,
  bridgeFate: bridge.bridgeFate,
  bridgeGet: bridge.bridgeGet,
  bridgePost: bridge.bridgePost,
  bridgePut: bridge.bridgePut,
  health: system.health,
  ready: system.ready,
  groupsHealth: groupHealth.groupsHealth,
  groupHealth: groupHealth.groupHealth,
  healthReport: groupHealth.healthReport,
} as const
export type Api = typeof api
