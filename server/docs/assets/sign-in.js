/** The sign-in of the reference: login, verifyUser, and a new user token before the old one ends. */

/** @typedef {import('../../contract/authentication.ts')} Calls */
/** @template {keyof Calls} N @typedef {Calls[N] extends import('../../contract/call.ts').CallSpec ? import('../../contract/call.ts').ResponseOf<Calls[N]> : never} AnswerOf */
/** @typedef {import('../../http/problem.ts').Problem} Problem */
/** @typedef {{ ApiToken: string | null, ApiUserToken: string | null }} Tokens */
/** @typedef {{ accountId: string, apiKey: string, username: string, password: string }} Credentials */

const renewBeforeMs = 60_000

/** A problem answered by the server; `message` is for people. */
class Refused extends Error {}

/**
 * @template {'login' | 'verifyUser' | 'refreshUserToken'} N
 * @param {N} name
 * @param {object} body
 * @param {string | null} apiToken
 * @returns {Promise<AnswerOf<N>>}
 */
const ask = async (name, body, apiToken = null) => {
  const response = await fetch(`/v2/authentication/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(apiToken ? { ApiToken: apiToken } : {}) },
    body: JSON.stringify(body),
  })
  /** @type {unknown} */
  const answer = await response.json()
  if (response.ok) return /** @type {AnswerOf<N>} */ (answer)
  const { title, detail, code, errors } = /** @type {Problem} */ (answer)
  const faults = errors.map(({ path, message }) => ` ${path} ${message}.`)
  throw new Refused(`${title}. ${detail}${faults.join('')} (${code})`)
}

/** @param {string} at ISO 8601 */
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

export class SignIn {
  /**
   * @param {{ onTokens: (tokens: Tokens) => void, onState: (text: string, good: boolean) => void }} listener
   */
  constructor(listener) {
    this.listener = listener
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.renewal = undefined
    /** Counts sign-ins, so that an answer to an older one changes nothing. */
    this.turn = 0
  }

  /** @param {Credentials} credentials @returns {Promise<boolean>} */
  async signIn({ accountId, apiKey, username, password }) {
    const turn = this.end()
    this.listener.onState('Signing in …', true)
    try {
      const key = await ask('login', { accountId, apiKey })
      const user = username === '' ? null : await ask('verifyUser', { username, password }, key.token)
      if (turn !== this.turn) return false
      this.listener.onTokens({ ApiToken: key.token, ApiUserToken: user?.userToken ?? null })
      const groups = key.groups.map(({ name }) => name).join(', ')
      const who = user ? `${user.user.displayName} (${user.user.roles.join(', ')})` : 'a key alone'
      this.listener.onState(`Signed in as ${who}, for ${groups}, until ${clock(key.expiresAt)}.`, true)
      if (user) this.renewLater(user, key.token)
      return true
    } catch (error) {
      if (turn === this.turn) this.listener.onState(this.wordsFor(error), false)
      return false
    }
  }

  signOut() {
    this.end()
    this.listener.onState('Not signed in.', true)
  }

  /** Forgets the tokens; returns the turn of what follows. */
  end() {
    clearTimeout(this.renewal)
    this.listener.onTokens({ ApiToken: null, ApiUserToken: null })
    return (this.turn += 1)
  }

  /** @param {{ expiresAt: string, refreshToken: string }} user @param {string} apiToken */
  renewLater({ expiresAt, refreshToken }, apiToken) {
    const turn = this.turn
    const wait = Math.max(0, Date.parse(expiresAt) - Date.now() - renewBeforeMs)
    this.renewal = setTimeout(() => void this.renew(refreshToken, apiToken, turn), wait)
  }

  /** @param {string} refreshToken @param {string} apiToken @param {number} turn */
  async renew(refreshToken, apiToken, turn) {
    try {
      const user = await ask('refreshUserToken', { refreshToken }, apiToken)
      if (turn !== this.turn) return
      this.listener.onTokens({ ApiToken: apiToken, ApiUserToken: user.userToken })
      this.renewLater(user, apiToken)
    } catch (error) {
      if (turn === this.turn) this.listener.onState(this.wordsFor(error), false)
    }
  }

  /** @param {unknown} error */
  wordsFor(error) {
    return error instanceof Refused ? error.message : 'The server did not answer. Try again.'
  }
}
