/** The calls of the registrations service, with the page's own token, which is fetched again when it has ended. */

/**
 * @typedef {{ code?: string, detail?: string, errors?: { path: string, message: string }[] }} Problem
 * @typedef {{ code: string, name: string }} Entry
 * @typedef {{ items: Entry[] }} List
 * @typedef {{ version: string, title: string, text: string }} Terms
 */

/** @param {Response} response */
const asJson = async (response) => {
  const text = await response.text()
  return text.startsWith('{') ? /** @type {unknown} */ (JSON.parse(text)) : {}
}

/** A call that was refused: `problem` is the API's answer (RFC 9457). */
export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail ?? 'The call was refused')
    this.problem = problem
  }
}

/** @param {Response} response */
const refused = async (response) => new Refused(/** @type {Problem} */ (await asJson(response)))

/** @param {string} groupId */
export const callsFor = (groupId) => {
  let token = ''
  const freshToken = async () => {
    const response = await fetch(`/registrations/${groupId}/token`)
    if (!response.ok) throw await refused(response)
    const issued = /** @type {{ token: string }} */ (await asJson(response))
    token = issued.token
  }
  /**
   * @param {string} path
   * @param {{ method?: string, headers?: Record<string, string>, body?: string }} options
   */
  const send = async (path, options = {}) => {
    if (token === '') await freshToken()
    const ask = () =>
      fetch(`/v2/registrations/${path}`, { ...options, headers: { ...options.headers, ApiToken: token } })
    let response = await ask()
    if (response.status === 401) {
      await freshToken()
      response = await ask()
    }
    if (!response.ok) throw await refused(response)
    return await asJson(response)
  }
  return {
    /** @param {string} name */
    list: async (name) => await send(`${name}?groupId=${groupId}&limit=500`),
    /** Undefined where the practice has none. */
    terms: async () => {
      try {
        return /** @type {Terms} */ (await send(`terms?groupId=${groupId}`))
      } catch (error) {
        if (error instanceof Refused && error.problem.code === 'NOT_FOUND') return undefined
        throw error
      }
    },
    /**
     * @param {object} body
     * @param {string} idempotencyKey
     */
    register: async (body, idempotencyKey) => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey }
      return await send('registerClient', { method: 'POST', headers, body: JSON.stringify(body) })
    },
  }
}
