/**
 * A new password, by the link of a letter. The link's token stands behind `#`, which is sent to no server with the
 * address; without one the page asks for a letter.
 */

/** @typedef {{ code?: string, detail?: string, errors?: { message: string }[] }} Problem */

/**
 * The element of an id; the page has it.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} kind
 * @returns {T}
 */
const byId = (id, kind) => {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}`)
  return found
}

const setForm = byId('set', HTMLFormElement)
const askForm = byId('ask', HTMLFormElement)
const password = byId('newPassword', HTMLInputElement)
const username = byId('username', HTMLInputElement)
const notice = byId('notice', HTMLElement)
const progress = byId('progress', HTMLElement)
const groupId = document.querySelector('main')?.dataset['groupId'] ?? ''

const tokenInAddress = () => location.hash.slice(1)

/** @param {HTMLElement | undefined} form */
const showOnly = (form) => {
  for (const one of [setForm, askForm]) one.hidden = one !== form
}

/**
 * @param {string} text
 * @param {string[]} points
 */
const tell = (text, points = []) => {
  const paragraph = document.createElement('p')
  paragraph.textContent = text
  const list = document.createElement('ul')
  for (const point of points) {
    const item = document.createElement('li')
    item.textContent = point
    list.append(item)
  }
  notice.replaceChildren(paragraph, ...(points.length > 0 ? [list] : []))
  notice.hidden = false
  notice.focus()
}

/**
 * @param {string} title
 * @param {string} text
 */
const finish = (title, text) => {
  showOnly(undefined)
  byId('done-title', HTMLElement).textContent = title
  byId('done-text', HTMLElement).textContent = text
  const done = byId('done', HTMLElement)
  done.hidden = false
  done.focus()
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
const jsonOf = async (response) => {
  const answer = /** @type {unknown} */ (await response.json())
  return answer
}

/**
 * The problem of the answer; undefined where it went well.
 * @param {string} name
 * @param {object} body
 * @returns {Promise<{ problem?: Problem, retryAfter?: string | null }>}
 */
const call = async (name, body) => {
  const issued = await fetch(`/password/${groupId}/token`)
  const { token } = /** @type {{ token: string }} */ (await jsonOf(issued))
  const response = await fetch(`/v2/authentication/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ApiToken: token },
    body: JSON.stringify(body),
  })
  if (response.ok) return {}
  const problem = /** @type {Problem} */ (await jsonOf(response))
  return { problem, retryAfter: response.headers.get('retry-after') }
}

/** @param {string | null | undefined} seconds */
const later = (seconds) => {
  const minutes = Math.ceil(Number(seconds ?? 60) / 60)
  tell(
    `There were too many attempts. Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
  )
}

/** @param {Awaited<ReturnType<typeof call>>} answer */
const refused = ({ problem = {}, retryAfter }) => {
  switch (problem.code) {
    case 'PASSWORD_RULES':
      password.setAttribute('aria-invalid', 'true')
      return tell(
        'This password cannot be used. It',
        (problem.errors ?? []).map(({ message }) => message),
      )
    case 'RESET_TOKEN_INVALID':
      showOnly(askForm)
      return tell('This link has been used or is too old. Ask for a new one here.')
    case 'ACCOUNT_LOCKED':
    case 'RATE_LIMITED':
      return later(retryAfter)
    default:
      return tell(problem.detail ?? 'This did not work. Please try again.')
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} field
 * @param {() => Promise<void>} work
 */
const onSubmit = (form, field, work) =>
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    notice.hidden = true
    field.removeAttribute('aria-invalid')
    if (field.value === '') {
      field.setAttribute('aria-invalid', 'true')
      field.focus()
      return tell('Please fill this in.')
    }
    const button = form.querySelector('button')
    if (button) button.disabled = true
    progress.textContent = 'One moment …'
    work()
      .catch(() => tell('The server could not be reached. Please try again.'))
      .finally(() => {
        if (button) button.disabled = false
        progress.textContent = ''
      })
  })

onSubmit(setForm, password, async () => {
  const answer = await call('resetPassword', { resetToken: tokenInAddress(), newPassword: password.value })
  if (answer.problem) return refused(answer)
  password.value = ''
  // The link is spent; it need not stay in the browser's history.
  history.replaceState(null, '', location.pathname)
  finish('Your password is changed', 'Sign in with it in your app. Other devices have been signed out.')
})

onSubmit(askForm, username, async () => {
  const answer = await call('forgottenPassword', { username: username.value })
  if (answer.problem) return refused(answer)
  finish(
    'Look into your e-mail',
    'Where there is a user of this name, a letter with a link is on its way. If none comes, ask whoever looks after users in your practice.',
  )
})

const toggle = byId('show', HTMLInputElement)
toggle.addEventListener('change', () => {
  password.type = toggle.checked ? 'text' : 'password'
})

const begin = () => {
  notice.hidden = true
  byId('done', HTMLElement).hidden = true
  showOnly(tokenInAddress() === '' ? askForm : setForm)
}
addEventListener('hashchange', () => {
  if (tokenInAddress() !== '') begin()
})
begin()
