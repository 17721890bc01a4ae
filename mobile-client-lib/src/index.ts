/** `@vetspace/mobile-client`: what apps import. */
export { createClient, type ClientOptions, type VetspaceClient } from './client.ts'
export type { ConflictChoice, Conflicts } from './conflicts.ts'
export type { DocumentContent, DocumentMeta, Documents, Thumbnailer } from './documents.ts'
export type { Changes, PendingChange, PendingCreation, PendingEdit } from './edits/pending-edit.ts'
export {
  ApiError,
  type FieldFault,
  VersionError,
  ChangeRefusedError,
  DeviceCutOffError,
  NotOnDeviceError,
  OfflineError,
  SignInError,
  StorageFullError,
  StoppedError,
  VetspaceError,
} from './errors.ts'
export {
  newId,
  type AnimalDoc,
  type AppointmentDoc,
  type ClientDoc,
  type ConflictDoc,
  type DocumentDoc,
  type PaymentDoc,
  type ReferenceDoc,
  type RejectedDoc,
  type TreatmentCodeDoc,
  type TreatmentDoc,
  type VetspaceCollections,
} from './local/records.ts'
export type { Transfer } from './local/transfer.ts'
export type { User } from './session/device-store.ts'
export type { Credentials, SignedIn } from './session/sign-in.ts'
export type { SyncConditions } from './sync/conditions.ts'
export type { Rejected, RejectedItem } from './rejected.ts'
export type { Sync } from './sync/sync.ts'
export type { StatusObservable, SyncPhase, SyncReport, SyncStatus } from './sync/status-types.ts'
export type { UnsentRecord } from './unsent.ts'
