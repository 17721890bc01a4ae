/**
 * Takes notices from the queue and sends their letters: beside the requests, a few at a time, again where the mail
 * server was away. Without a mail server the demo tells reset tokens in its log.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Accounts } from '../auth/accounts.ts'
import type { UserDoc } from '../auth/account-docs.ts'
import { letterOf } from './letters.ts'
import type { MailQueue, NoticeKind, WaitingDoc } from './queue.ts'
import { MailFailed, type SendMail } from './transport.ts'

/** How often the queue is looked at for what another server, or a crash, has left. */
const lookMs = 30_000
const firstWaitMs = 60_000
/** A letter that is older helps nobody. A token's own time begins when its letter is written. */
const lifetimeMs = 6 * 3_600_000
const atOnce = 4
/** How long a server that stops waits for letters on their way. What it does not wait for is sent again by another. */
const patienceMs = 5000

export interface PostmanOptions {
  queue: MailQueue
  accounts: Accounts
  /** Absent where there is no mail server. */
  send: SendMail | undefined
  /** PUBLIC_URL; needed where there is a mail server. */
  publicUrl: string | undefined
  demo: boolean
  now: () => number
  log: Logger
}

export class Postman implements AsyncDisposable {
  readonly #options: PostmanOptions
  readonly #timer: NodeJS.Timeout
  #working: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(options: PostmanOptions) {
    this.#options = options
    options.queue.listen(() => void this.work())
    this.#timer = setInterval(() => void this.work(), lookMs)
    this.#timer.unref()
  }

  /** Sends what is due; resolves when all that was posted before is sent or put off. */
  work(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#again = true
    this.#working ??= this.#rounds().finally(() => (this.#working = undefined))
    return this.#working
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        for (let due = await this.#take(); due.length > 0; due = await this.#take())
          for (let i = 0; i < due.length; i += atOnce)
            await Promise.all(due.slice(i, i + atOnce).map((waiting) => this.#attempt(waiting)))
      } catch (error) {
        if (!this.#stopped) this.#options.log.error({ err: error }, 'Mail could not be taken from the store')
      }
    }
  }

  async #take(): Promise<WaitingDoc[]> {
    return this.#stopped ? [] : await this.#options.queue.take()
  }

  async #attempt(waiting: WaitingDoc): Promise<void> {
    const { queue, log, now } = this.#options
    const { kind, tries, at } = waiting
    try {
      await this.#deliver(waiting)
    } catch (error) {
      if (this.#stopped) return
      const waitMs = firstWaitMs * 2 ** (tries - 1)
      const final = error instanceof MailFailed && error.final
      const details =
        error instanceof MailFailed ? { reason: error.reason, reply: error.reply } : { err: error }
      if (!final && now() + waitMs - at <= lifetimeMs) {
        log.warn({ kind, tries, waitMs, ...details }, 'A letter could not be sent and is tried again')
        return await queue.later(waiting, waitMs)
      }
      log.error({ kind, tries, ...details }, 'A letter could not be sent and is given up')
    }
    if (!this.#stopped) await queue.done(waiting)
  }

  async #deliver({ kind, username, groupId, at }: WaitingDoc): Promise<void> {
    const { accounts, send, publicUrl = '', log } = this.#options
    const user = username === null ? undefined : await accounts.reachable(username)
    if (!user) return
    if (!send) return await this.#withoutMail(kind, user, groupId)
    const address = await accounts.addressOf(user)
    if (address === null) return log.warn({ kind }, 'A letter was not sent: the user has no e-mail address')
    const link = `${publicUrl}${await this.#pageFor(kind, user, groupId)}`
    const practice = user.groupId === null ? undefined : await accounts.group(user.groupId)
    const values = { name: user.displayName, practice: practice?.name ?? 'Vetspace', at, link }
    await send(address, letterOf(kind, values))
    log.info({ kind }, 'A letter was sent')
  }

  /** Path of the page for new passwords; a token stands behind `#`, which no browser sends to any server. */
  async #pageFor(kind: NoticeKind, user: UserDoc, groupId: number | null): Promise<string> {
    const path = `/password/${user.groupId ?? groupId ?? ''}`
    if (kind !== 'reset') return path
    return `${path}#${await this.#options.accounts.passwordReset.makeToken(user)}`
  }

  async #withoutMail(kind: NoticeKind, user: UserDoc, groupId: number | null): Promise<void> {
    const { demo, log, accounts } = this.#options
    if (kind !== 'reset') return
    if (!demo) return log.warn('A password reset was asked for and not sent: there is no mail server')
    const resetToken = await accounts.passwordReset.makeToken(user)
    const page = `/password/${user.groupId ?? groupId ?? ''}#${resetToken}`
    const { username } = user
    log.info({ username, resetToken, page }, 'Password reset: the demo has no mail, so here is the token')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#options.queue.listen(() => undefined)
    this.#stopped = true
    const enough = new AbortController()
    const patience = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([this.#working, patience])
    enough.abort()
  }
}
