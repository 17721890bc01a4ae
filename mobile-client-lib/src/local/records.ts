/** The documents of the device's collections, as TypeScript sees them. */
import type { z } from 'zod'
import type { RxCollection } from 'rxdb'
import type {
  Animal,
  animalData,
  Appointment,
  appointmentData,
  Client,
  clientData,
  CollectionName,
  DocumentRecord,
  Payment,
  paymentData,
  Treatment,
  TreatmentCode,
  treatmentData,
} from '../../../sync/contract/records.ts'
import type { Conflict, ItemError } from '../../../sync/contract/upload.ts'
import type { PendingEdit } from '../edits/pending-edit.ts'

/**
 * What is inserted needs only its data; what the server adds is there once the record has been synced.
 * `pendingEdits` are changes not sent yet.
 */
type Local<Data extends z.ZodType, Record> = z.input<Data> &
  Partial<Omit<Record, keyof z.output<Data>>> & { id: string; pendingEdits?: PendingEdit[] }

/** An appointment, with the fields of the API. */
export type AppointmentDoc = Local<typeof appointmentData, Appointment>
/** A payment, with the fields of the API. */
export type PaymentDoc = Local<typeof paymentData, Payment>
/** A client, the owner of animals, with the fields of the API. */
export type ClientDoc = Local<typeof clientData, Client>
/** An animal, with the fields of the API. */
export type AnimalDoc = Local<typeof animalData, Animal>
/** A treatment, with the fields of the API. Void one by `voided: { reason }`; who and when come from the server. */
export type TreatmentDoc = Omit<Local<typeof treatmentData, Treatment>, 'voided'> & {
  voided?: { reason: string; at?: string; by?: string } | null
}
/** What is known of a file; the file itself is had by `client.documents`. */
export type DocumentDoc = Omit<
  DocumentRecord,
  'groupId' | 'revision' | 'siteIds' | 'createdAt' | 'modifiedAt'
> &
  Partial<DocumentRecord> & { pendingEdits?: PendingEdit[] }
/** An entry of the price list; its id is its code. */
export type TreatmentCodeDoc = TreatmentCode
/** Practitioners, sites, reasons and settings; `kind` says which. */
export interface ReferenceDoc {
  id: string
  kind?: string
  revision?: string
  [field: string]: unknown
}
/** What two people wrote differently: the values, who wrote them and when. */
export type ConflictDoc = Conflict & {
  recordRevision?: string
  siteIds?: number[]
  /** What was chosen on this device, until the server's answer to it has come. */
  resolution?: { value: unknown; at: string }
}

/** What the server refused, as the user wrote it. `id` is the item's clientItemId. */
export interface RejectedDoc {
  id: string
  collectionName: PushedCollection
  recordId: string
  /** `{clientItemId, editedAt, data}` of a creation, `{…, id, baseRevision, changes}` of an edit. */
  item: Record<string, unknown>
  errors: ItemError[]
  /** It is tried again by itself at each sync. */
  retryable: boolean
  rejectedAt: string
}

/** The collections whose local changes are sent, in the order in which they are sent. */
export const pushOrder = [
  'clients',
  'animals',
  'appointments',
  'treatments',
  'payments',
  'documents',
] as const
export type PushedCollection = (typeof pushOrder)[number]
export const isPushed = (name: string): name is PushedCollection =>
  (pushOrder as readonly string[]).includes(name)

/** The collections of a signed-in user: RxDB's own, with its queries and observables. */
export interface VetspaceCollections {
  appointments: RxCollection<AppointmentDoc>
  treatments: RxCollection<TreatmentDoc>
  payments: RxCollection<PaymentDoc>
  documents: RxCollection<DocumentDoc>
  clients: RxCollection<ClientDoc>
  animals: RxCollection<AnimalDoc>
  treatmentCodes: RxCollection<TreatmentCodeDoc>
  reference: RxCollection<ReferenceDoc>
  rejected: RxCollection<RejectedDoc>
  conflicts: RxCollection<ConflictDoc>
}

/** Any record, as the library handles it. */
export interface LocalRecord {
  id: string
  revision?: string
  pendingEdits?: PendingEdit[]
  [field: string]: unknown
}
export type AnyCollections = Record<CollectionName | 'rejected', RxCollection<LocalRecord>>

/** A new id for a record made on this device. */
export const newId = (): string => crypto.randomUUID()
