/** What can go wrong, as an app sees it. Every error has a stable `code`. */

/** What is wrong with one field of a request. */
export interface FieldFault {
  /** Where in the request, e.g. `items.0.editedAt` */
  path: string
  message: string
}

/** The ancestor of all of the library's errors. */
export class VetspaceError extends Error {
  override readonly name: string = 'VetspaceError'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The server could not be reached, or what answered was not the server. Nothing is lost by it. */
export class OfflineError extends VetspaceError {
  override readonly name = 'OfflineError'
  /** How long the server asked to be left alone, in ms; 0 where it did not say. */
  readonly retryAfterMs: number
  /** The HTTP status, where there was an answer at all. */
  readonly status: number | null
  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number; status?: number } = {}) {
    super('OFFLINE', message, options)
    this.retryAfterMs = options.retryAfterMs ?? 0
    this.status = options.status ?? null
  }
}

/** The server's own refusal of a request (`application/problem+json`). */
export class ApiError extends VetspaceError {
  override readonly name = 'ApiError'
  readonly status: number
  readonly requestId: string | null
  readonly errors: readonly FieldFault[]
  constructor(problem: {
    status: number
    code: string
    detail: string
    requestId: string | null
    errors: FieldFault[]
  }) {
    super(problem.code, problem.detail)
    this.status = problem.status
    this.requestId = problem.requestId
    this.errors = problem.errors
  }
}

/** Sign-in did not succeed, or has to be done again. */
export class SignInError extends VetspaceError {
  override readonly name = 'SignInError'
  declare readonly code:
    'NOT_SIGNED_IN' | 'WRONG_PASSWORD' | 'LOCKED' | 'NOT_KNOWN_ON_THIS_DEVICE' | 'SIGN_IN_AGAIN'
  /** Where too many wrong passwords have locked signing in offline: for how long still, in ms; else 0. */
  readonly retryAfterMs: number
  constructor(
    code: SignInError['code'],
    message: string,
    options: ErrorOptions & { retryAfterMs?: number } = {},
  ) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? 0
  }
}

/** A group administrator has cut this device off; what it held has been wiped. */
export class DeviceCutOffError extends VetspaceError {
  override readonly name = 'DeviceCutOffError'
  constructor(options?: ErrorOptions) {
    super('DEVICE_CUT_OFF', 'This device has been cut off; its data is wiped', options)
  }
}

const untilThen = 'What you enter is kept on the device until then.'
const versionMessages = {
  APP_TOO_OLD: `This app is too old for its server: update the app. ${untilThen}`,
  SERVER_TOO_OLD: `The server is older than this app and has to be updated. ${untilThen}`,
  DATA_TOO_NEW:
    'A newer version of this app has written the data on this device: update the app, or reload it. Nothing is lost.',
  OTHER_TABS_OPEN:
    'An older version of this app is open in another tab or window: close that one first. Nothing is lost.',
  APP_UPDATED: 'A newer version of this app was opened in another tab: reload this one.',
} as const

/** The server, this library and the device's data are of different times. Nothing is lost by it. */
export class VersionError extends VetspaceError {
  override readonly name = 'VersionError'
  declare readonly code: keyof typeof versionMessages
  constructor(code: VersionError['code'], options?: ErrorOptions) {
    super(code, versionMessages[code], options)
  }
}

/** A local change that the server would refuse in any case; it was not stored. */
export class ChangeRefusedError extends VetspaceError {
  override readonly name = 'ChangeRefusedError'
  /** The field, where there is one. */
  readonly path: string | null
  constructor(code: string, message: string, path: string | null = null) {
    super(code, message)
    this.path = path
  }
}

/** There is no room left on the device. What was to be written was not stored; what was stored before is there. */
export class StorageFullError extends VetspaceError {
  override readonly name = 'StorageFullError'
  constructor(options?: ErrorOptions) {
    super(
      'STORAGE_FULL',
      'There is no room left on this device: this was not stored. Make some room, then try again.',
      options,
    )
  }
}

/** What was asked for is not on the device. */
export class NotOnDeviceError extends VetspaceError {
  override readonly name = 'NotOnDeviceError'
  constructor(what: string) {
    super('NOT_ON_DEVICE', `${what} is not on this device`)
  }
}

/** Work was ended by `stop`, `signOut` or `close`. */
export class StoppedError extends VetspaceError {
  override readonly name = 'StoppedError'
  constructor(options?: ErrorOptions) {
    super('STOPPED', 'Sync was stopped', options)
  }
}
