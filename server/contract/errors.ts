/**
 * The one table of error codes: what a caller is told, and the operators' manual. A call names the codes it may
 * answer; a handler can fail with no other (`fail` in http/handler.ts is typed by the call).
 */
export interface ErrorEntry {
  status: number
  /** Short, the same for every occurrence (RFC 9457 `title`). */
  title: string
  /** What the caller can do. */
  help: string
}

export const errorTable = {
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON', help: 'Send a JSON object, UTF-8.' },
  INVALID_REQUEST: {
    status: 400,
    title: 'The request is not as described',
    help: 'See `errors`: each entry names the field and what is expected.',
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    title: 'Content-Encoding not supported',
    help: 'Send the body plain or as gzip, deflate or br.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Content-Type not supported',
    help: 'Send application/json, or multipart/form-data to uploadDocument.',
  },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large', help: 'Send less in one call.' },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The body came too slowly',
    help: 'It was not waited for any longer, and nothing was kept of it. Send it again, or less at once.',
  },
  BATCH_TOO_LARGE: { status: 413, title: 'Too many items', help: 'Send at most 500 items in one batch.' },
  FILE_TOO_LARGE: { status: 413, title: 'The file is too large', help: 'Send a smaller file.' },
  EMPTY_FILE: { status: 422, title: 'The file is empty', help: 'Send a file with content.' },
  CHECKSUM_MISMATCH: {
    status: 422,
    title: 'The file did not arrive as it was sent',
    help: 'Send it again; `sha256` must be the SHA-256 of the file, in lower-case hex.',
  },
  SIZE_MISMATCH: {
    status: 422,
    title: 'The file is not as long as it was said to be',
    help: 'Send it again; `size` must be the number of its bytes.',
  },
  FILE_NAME_REFUSED: {
    status: 422,
    title: 'A file may not be called so',
    help: 'Give the file another name: without folders, and without an ending that a computer runs.',
  },
  CONTENT_TYPE_MISMATCH: {
    status: 422,
    title: 'The file is not what it is said to be',
    help: 'Declare the content type that the file has, or application/octet-stream where it is not known.',
  },
  FILE_TYPE_NOT_ALLOWED: {
    status: 415,
    title: 'Files of this kind are not taken',
    help: 'Send a photograph, a PDF, a recording or an office document; a group administrator may allow more.',
  },
  ARCHIVE_REFUSED: {
    status: 422,
    title: 'The archive is not safe to open',
    help: 'Send the files in it one by one.',
  },
  POLYGLOT_FILE: {
    status: 422,
    title: 'The file is two kinds of file at once',
    help: 'Save it anew from the program that it is for, and send that.',
  },
  ACTIVE_CONTENT: {
    status: 422,
    title: 'The file holds something that runs',
    help: 'Send it as a PDF or a picture.',
  },
  DOCUMENT_PURGED: {
    status: 409,
    title: 'The document’s files are gone',
    help: 'Its time of keeping is over (the group’s settings); only its record is left.',
  },
  FILE_MISSING: {
    status: 503,
    title: 'The file cannot be read now',
    help: 'Its record stands. Try again after a while; if it stays so, tell the operator.',
  },
  NO_THUMBNAIL: {
    status: 404,
    title: 'There is no picture of this document',
    help: 'It is not a kind of file that pictures are made of here. Show an icon instead.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    title: 'The condition of the request does not hold',
    help: 'What you have seen of it has changed. Ask for it anew.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: 'There is no such part of the file',
    help: '`Content-Range` says how long the file is.',
  },
  UPLOAD_QUOTA_EXCEEDED: {
    status: 429,
    title: 'That is more than one user may send a day',
    help: 'Go on after `Retry-After`; a group administrator can raise the limit.',
  },
  VIRUS_FOUND: {
    status: 422,
    title: 'The virus scanner found something in the file',
    help: 'The file was not kept. Have the device that it is from looked at; the operator has a copy set aside.',
  },
  SCANNER_UNAVAILABLE: {
    status: 503,
    title: 'The virus scanner does not answer',
    help: 'Nothing was lost. Send it again after `Retry-After`; a resumable upload has kept its bytes.',
  },
  TUS_VERSION_UNSUPPORTED: {
    status: 412,
    title: 'This version of the tus protocol is not spoken here',
    help: 'Send `Tus-Resumable: 1.0.0`.',
  },
  UPLOAD_OFFSET_MISMATCH: {
    status: 409,
    title: 'The upload does not go on here',
    help: 'Ask with HEAD how many bytes have arrived, and go on from there.',
  },
  UPLOAD_EXPIRED: {
    status: 410,
    title: 'The upload has expired',
    help: 'Begin a new one; what had arrived is gone.',
  },
  UPLOAD_LOCKED: {
    status: 423,
    title: 'Another request is writing to this upload',
    help: 'Wait as long as `Retry-After` says, ask with HEAD how far it is, and go on.',
  },
  UPLOAD_PART_NOT_READY: {
    status: 409,
    title: 'A part of this upload is not there yet',
    help: 'Send every part whole, then join them.',
  },
  UPLOAD_JOINED: {
    status: 403,
    title: 'The upload was joined from its parts',
    help: 'Nothing can be added to it. Begin a new one.',
  },
  UPLOAD_FINISHED: {
    status: 409,
    title: 'The upload is finished',
    help: 'It has become a document; delete that with DELETE /v2/mobile/documents/{documentId}.',
  },
  CHUNK_CHECKSUM_MISMATCH: {
    status: 460,
    title: 'The bytes of this request did not arrive as they were sent',
    help: 'They were not kept. Send them again from the same offset.',
  },
  TOKEN_MISSING: { status: 401, title: 'A token is missing', help: 'Send the header that `detail` names.' },
  TOKEN_INVALID: { status: 401, title: 'The token is not valid', help: 'Sign in again for a new token.' },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired', help: 'Refresh it or sign in again.' },
  INVALID_CREDENTIALS: { status: 401, title: 'Sign-in failed', help: 'Check name and password.' },
  ACCOUNT_LOCKED: {
    status: 423,
    title: 'Sign-in is locked for a while',
    help: 'Too many failed attempts. Wait as long as `Retry-After` says.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: 401,
    title: 'A code is needed as well',
    help: 'The user has a second factor: send `oneTimeCode` too, from their app or one of their recovery codes.',
  },
  SECOND_FACTOR_INVALID: {
    status: 401,
    title: 'The code is not right',
    help: 'It was mistyped, was used before, or is too old. Send the one that the app shows now.',
  },
  SECOND_FACTOR_NEEDED: {
    status: 403,
    title: 'A second factor is needed for this',
    help: 'The group asks one of its administrators. Turn it on with enrolSecondFactor and confirmSecondFactor.',
  },
  SECOND_FACTOR_STATE: {
    status: 409,
    title: 'The second factor is not in the state for this',
    help: 'Enrol where it is off, confirm after enrolling, disable where it is on.',
  },
  PASSWORD_RULES: { status: 422, title: 'The password does not meet the rules', help: 'See `errors`.' },
  ROLE_NOT_ALLOWED: {
    status: 403,
    title: 'Not allowed for this role',
    help: '`detail` says whose call or step it is; have one of them do it.',
  },
  SERVER_KEY_REQUIRED: {
    status: 403,
    title: 'Not allowed with an app key',
    help: 'This call needs a token of a server key.',
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    title: 'The token or key has not the scope for this',
    help: 'See `scope`: ask for a token, or a key, that has it.',
  },
  SITE_NOT_ALLOWED: {
    status: 403,
    title: 'This site is not one of yours',
    help: 'Use one of the sites of your account.',
  },
  DEMO_ONLY: { status: 403, title: 'Only in the demo', help: 'Demo credentials work only in the demo.' },
  DEVICE_CUT_OFF: {
    status: 403,
    title: 'This device has been cut off',
    help: 'A group administrator has cut this device off; its data is to be wiped.',
  },
  NOT_FOUND: { status: 404, title: 'Not found', help: 'There is no such record, or you may not see it.' },
  UNKNOWN_SITE: { status: 404, title: 'No such site', help: 'Use a site of your group.' },
  UNKNOWN_CALL: { status: 404, title: 'No such call', help: 'See /openapi.json for the calls there are.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Wrong method for this path', help: 'See the `Allow` header.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This Idempotency-Key came with another request',
    help: 'Make a new key for each new request; send the same one only to repeat a request.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still under way',
    help: 'Send it again after `Retry-After`: the answer will be that of the first.',
  },
  RESET_TOKEN_INVALID: {
    status: 422,
    title: 'The reset token is not valid',
    help: 'It was used, has expired, or never was one. Ask for a new one with forgottenPassword.',
  },
  FIELDS_INVALID: {
    status: 422,
    title: 'Some fields are not right',
    help: 'See `errors`: a message for each field, which can be shown beside it.',
  },
  EMAIL_TAKEN: {
    status: 409,
    title: 'There is an account with this e-mail address',
    help: 'Sign in with it, or ask for a new password with forgottenPassword.',
  },
  ALREADY_LINKED: {
    status: 409,
    title: 'The account is linked to this group already',
    help: 'See `groupId` and `groupName`. connectToSite adds a site, disconnectFromGroup ends the link.',
  },
  UNKNOWN_GROUP: { status: 404, title: 'No such group', help: 'Use a group that your key may see.' },
  NO_DATA: {
    status: 404,
    title: 'There is nothing to tell yet',
    help: 'No patient of this site has waited lately, as far as it was recorded.',
  },
  NOT_A_VET_USER: {
    status: 403,
    title: 'This is not a user of the practice',
    help: 'Name a user of the practice’s PMS: one of its vets, nurses, receptionists or administrators.',
  },
  PMS_REJECTED: {
    status: 422,
    title: 'The practice’s PMS has refused this',
    help: 'See `detail`, and `errors` for the field: the PMS’s reason in its own words.',
  },
  NO_PMS: {
    status: 404,
    title: 'This practice has no PMS connected',
    help: 'Its PMS is reached once the bridge’s agent runs there.',
  },
  PATH_NOT_ALLOWED: {
    status: 403,
    title: 'The practice does not let this path through',
    help: 'Ask the practice: the list of paths stands with its agent.',
  },
  PMS_AWAY: {
    status: 502,
    title: 'The practice’s PMS is away',
    help: 'Nothing was changed. Try again later; a PUT or POST through the bridge waits for the PMS by itself.',
  },
  PMS_TIMEOUT: {
    status: 504,
    title: 'The practice’s PMS has not answered in time',
    help: 'Try again later.',
  },
  PMS_FAILED: {
    status: 502,
    title: 'The practice’s PMS has a fault',
    help: 'See `detail` and `pmsStatus`: it was asked, and could not do it.',
  },
  PMS_UNCERTAIN: {
    status: 502,
    title: 'Whether the practice’s PMS has done this is not known',
    help: 'It was sent and no answer came. Look in the PMS before you send it as a new write.',
  },
  BRIDGE_BUSY: {
    status: 503,
    title: 'Too much is on its way to this practice’s PMS',
    help: 'Try again after `Retry-After`.',
  },
  AGENT_KEY_REQUIRED: {
    status: 403,
    title: 'This is for the agent of a practice’s PMS',
    help: 'It needs a key of the kind `agent`, of one group.',
  },
  AGENT_ALREADY_CONNECTED: {
    status: 409,
    title: 'Another agent is connected for this practice',
    help: 'Stop the other one; it is let go half a minute after its last call.',
  },
  CLIENT_ITEM_ID_IN_USE: {
    status: 409,
    title: 'This clientItemId belongs to something else',
    help: 'Make a new UUID for each new item.',
  },
  STALE_REVISION: {
    status: 409,
    title: 'The record has changed since',
    help: 'Look at `record`, the current state, and write again with its revision.',
  },
  INVALID_CHECKPOINT: {
    status: 400,
    title: 'The checkpoint is not one of ours',
    help: 'Start again with `checkpoint: null`; nothing on the device needs to be thrown away.',
  },
  UNKNOWN_REFERENCE: {
    status: 422,
    title: 'A record that this refers to is not known yet',
    help: 'Send the record it refers to, then this one again.',
  },
  UNKNOWN_TREATMENT_CODE: {
    status: 422,
    title: 'No such treatment code',
    help: 'Use a code from retrieveTreatmentCodes, or a description with price and VAT rate.',
  },
  APPEND_ONLY: { status: 422, title: 'This record is never changed', help: 'Record a linked reversal.' },
  ALREADY_REVERSED: { status: 422, title: 'This payment is reversed already', help: 'Look at its reversal.' },
  INVOICED: { status: 422, title: 'This treatment is invoiced', help: 'Void it and record a new one.' },
  FIELD_FIXED: { status: 422, title: 'This field cannot be changed', help: 'Record a new item instead.' },
  ANIMAL_DECEASED: {
    status: 422,
    title: 'This animal has died',
    help: 'If that is not so, correct the animal’s record first.',
  },
  NO_REPEATS_LEFT: {
    status: 422,
    title: 'This prescription cannot be repeated any more',
    help: 'Ask a vet for a new prescription; an examination may be due.',
  },
  ALREADY_REQUESTED: {
    status: 409,
    title: 'This repeat is asked for already',
    help: 'Look at `prescriptionId`; a vet will decide on it.',
  },
  STATUS_STEP_NOT_ALLOWED: {
    status: 422,
    title: 'This status cannot follow',
    help: '`detail` names the status it has, and which may follow.',
  },
  POSSIBLE_DUPLICATE: {
    status: 409,
    title: 'This may be a client already',
    help: 'Ask the practice, or send it again with `overrideDuplicate` to register all the same.',
  },
  TERMS_CHANGED: {
    status: 409,
    title: 'The terms are not those in force',
    help: 'Show the terms again; `version` is the one to accept.',
  },
  PERIOD_CLOSED: {
    status: 422,
    title: 'The books are closed for this date',
    help: 'Record it with a date in the open period. What is wrong in a closed one is corrected by a new entry.',
  },
  OVER_ALLOCATED: {
    status: 422,
    title: 'More is allocated than was paid',
    help: 'Allocate at most the amount of the payment; what is not allocated stays to the client’s credit.',
  },
  NOT_INVOICEABLE: {
    status: 422,
    title: 'A treatment cannot be invoiced',
    help: 'See `errors`: each entry names the treatment and says why.',
  },
  NOTHING_TO_INVOICE: {
    status: 422,
    title: 'There is nothing to invoice',
    help: 'Every treatment of this client is invoiced, voided or without a price.',
  },
  ALREADY_INVOICED: {
    status: 409,
    title: 'A treatment is on an invoice already',
    help: 'See `leftOut`: each treatment with the invoice that it is on.',
  },
  PROSPECT_NOT_REGISTERED: {
    status: 422,
    title: 'They are not registered yet',
    help: 'Register the prospect, or merge them into a client: until then they hold appointments and nothing else.',
  },
  PROSPECT_CLOSED: {
    status: 409,
    title: 'This prospect is a client already',
    help: 'See `prospectStatus` and `clientId`: they were registered, or merged into that client.',
  },
  UNKNOWN_FIELD: { status: 422, title: 'No such field', help: 'See the record in /openapi.json.' },
  SLOT_TAKEN: {
    status: 409,
    title: 'This time is taken',
    help: 'Choose one of `alternatives`, the nearest free times, or search again.',
  },
  OUTSIDE_HOURS: {
    status: 422,
    title: 'Not within working hours',
    help: 'See searchAvailability for the times at which the practitioner sees patients at this site.',
  },
  IN_THE_PAST: { status: 422, title: 'This time has passed', help: 'Choose a later time.' },
  DURATION_NOT_SLOT_MULTIPLE: {
    status: 422,
    title: 'A booking takes whole slots',
    help: 'Begin where a slot begins, and take a multiple of the site’s slot length; see searchAvailability.',
  },
  DURATION_TOO_SHORT: {
    status: 422,
    title: 'Too short for this reason',
    help: 'Leave `endsAt` out, or search with the reason for times that are long enough.',
  },
  REASON_REQUIRED: {
    status: 422,
    title: 'A reason is needed',
    help: 'Send a `reasonId` from GET /v2/managedBookings/reasons; staff may send `reasonText` instead.',
  },
  CLIENT_DEACTIVATED: {
    status: 422,
    title: 'This client is deactivated',
    help: 'Reactivate the client, or book for another one.',
  },
  CLIENT_ERASED: {
    status: 422,
    title: 'This client’s personal data was erased',
    help: 'The practice erased it on request. Drop what was entered; if the person is a client again, register them anew.',
  },
  APPOINTMENTS_AHEAD: {
    status: 409,
    title: 'There are appointments ahead',
    help: 'Cancel the client’s appointments that `appointmentIds` names, then erase.',
  },
  ONLINE_BOOKING_DISALLOWED: {
    status: 422,
    title: 'This cannot be booked online',
    help: 'Call the practice, or see `detail` for what is not allowed online.',
  },
  APPOINTMENT_CLOSED: {
    status: 422,
    title: 'This appointment is over',
    help: 'It has begun, ended or been cancelled; book a new one.',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', help: 'Wait as long as `Retry-After` says.' },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'The data store does not answer',
    help: 'Nothing was lost. Try again after `Retry-After`.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong here',
    help: 'Tell us the `requestId`. Sending the same request again is safe.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

/** Codes that any call may answer, so that none has to name them. */
export const commonErrors = [
  'MALFORMED_JSON',
  'INVALID_REQUEST',
  'UNSUPPORTED_ENCODING',
  'UNSUPPORTED_MEDIA_TYPE',
  'BODY_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'RATE_LIMITED',
  'STORE_UNAVAILABLE',
  'INTERNAL',
] as const satisfies readonly ErrorCode[]
