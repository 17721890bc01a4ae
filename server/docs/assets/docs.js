/** Examples as tabs of one language each, remembered; code that can be copied; a menu that is closed on phones. */

const remembered = 'vetspace-docs-language'
const languages = ['curl', 'TypeScript', 'Python']

const chosen = () => {
  try {
    return localStorage.getItem(remembered) ?? languages[0]
  } catch {
    return languages[0] // storage is forbidden here
  }
}

/** @param {string | undefined} language */
const show = (language) => {
  for (const section of document.querySelectorAll('[data-language]'))
    section.toggleAttribute('hidden', section.getAttribute('data-language') !== language)
  for (const button of document.querySelectorAll('.languages button'))
    button.setAttribute('aria-pressed', String(button.textContent === language))
}

/** @param {string} language */
const choose = (language) => {
  try {
    localStorage.setItem(remembered, language)
  } catch {
    // it is not remembered, then
  }
  show(language)
}

for (const examples of document.querySelectorAll('.examples')) {
  const bar = document.createElement('div')
  bar.className = 'languages'
  bar.setAttribute('role', 'group')
  bar.setAttribute('aria-label', 'Language of the examples')
  for (const language of languages) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = language
    button.addEventListener('click', () => choose(language))
    bar.append(button)
  }
  examples.prepend(bar)
}

for (const code of document.querySelectorAll('main pre > code')) {
  const pre = /** @type {HTMLElement} */ (code.parentElement)
  // Who reads this on another server copies that one's address.
  code.textContent = (code.textContent ?? '').replaceAll('http://127.0.0.1:3000', location.origin)
  if (!('clipboard' in navigator)) continue // not over plain HTTP
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  const copied = () => {
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), 2000)
  }
  button.addEventListener(
    'click',
    () => void navigator.clipboard.writeText(code.textContent ?? '').then(copied),
  )
  const box = document.createElement('div')
  box.className = 'code'
  pre.replaceWith(box)
  box.append(pre, button)
}

show(chosen() ?? undefined)
if (window.matchMedia('(max-width: 800px)').matches) document.getElementById('menu')?.removeAttribute('open')
