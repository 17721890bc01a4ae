/** Puts Swagger UI into the page and connects the sign-in with it. */
import { SignIn } from './sign-in.js'

/**
 * What is used of Swagger UI, which has no types of its own.
 * @typedef {object} SwaggerUi
 * @property {{ logout: (names: string[]) => void }} authActions
 * @property {(name: string, token: string) => void} preauthorizeApiKey
 */
/** @typedef {{ (options: object): SwaggerUi, presets: { apis: unknown } }} Bundle */

const { SwaggerUIBundle } = /** @type {{ SwaggerUIBundle: Bundle }} */ (/** @type {unknown} */ (window))
const ui = SwaggerUIBundle({
  url: '/docs/assets/reference.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 2,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  filter: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
})

const form = /** @type {HTMLFormElement} */ (document.getElementById('sign-in'))
const state = /** @type {HTMLElement} */ (document.getElementById('sign-in-state'))
const signOut = /** @type {HTMLButtonElement} */ (document.getElementById('sign-out'))

/** The tokens that Swagger UI has. @type {Set<string>} */
const held = new Set()
const signIn = new SignIn({
  onTokens(tokens) {
    for (const [name, token] of Object.entries(tokens)) {
      if (token !== null) ui.preauthorizeApiKey(name, token)
      else if (held.delete(name)) ui.authActions.logout([name])
      if (token !== null) held.add(name)
    }
  },
  onState(text, good) {
    state.textContent = text
    state.classList.toggle('bad', !good)
  },
})

const submit = async () => {
  const given = new FormData(form)
  /** @param {string} name */
  const field = (name) => {
    const value = given.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  signOut.hidden = !(await signIn.signIn({
    accountId: field('accountId'),
    apiKey: field('apiKey'),
    username: field('username'),
    password: field('password'),
  }))
}
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void submit()
})
signOut.addEventListener('click', () => {
  signIn.signOut()
  signOut.hidden = true
})
