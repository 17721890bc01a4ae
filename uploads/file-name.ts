/** What a sender says of a file, made safe to keep: it is shown to people and sent back in headers. */

const longestName = 200
/** Control characters, and those that turn the reading direction round (`exe.fdp` shown as `pdf.exe`). */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu
const token = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,98}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,98}$/

/** Shortens to `length` UTF-16 units, never through a character. */
const cut = (text: string, length: number): string => {
  let kept = ''
  for (const character of text) {
    if (kept.length + character.length > length) break
    kept += character
  }
  return kept
}

const shorten = (name: string): string => {
  if (name.length <= longestName) return name
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  return cut(name.slice(0, name.length - ending.length), longestName - ending.length) + ending
}

/**
 * A file name without folders and invisible characters, in Unicode NFC, of 1 to 200 characters, its ending kept.
 * The same name always gives the same.
 */
export const safeFileName = (declared: string): string => {
  const last = declared.split(/[/\\]/).at(-1) ?? ''
  const name = shorten(last.replace(unseen, '').normalize('NFC').trim()).trim()
  return /^\.*$/.test(name) ? 'file' : name
}

/** `type/subtype` in lower case, without parameters; `application/octet-stream` where that is not what was sent. */
export const safeContentType = (declared: string): string => {
  const type = (declared.split(';')[0] ?? '').trim().toLowerCase()
  return token.test(type) ? type : 'application/octet-stream'
}

/** Endings that a system runs, wherever in a name they stand. */
const runnableAnywhere = new Set(
  'exe bat cmd scr pif msi js jse mjs vbs vbe wsf hta ps1 jar php phtml phar asp aspx jsp cgi sh lnk'.split(
    ' ',
  ),
)
/** Endings that a system or a browser runs, or that hold macros; elsewhere in a name they are words. */
const runnableLast = new Set(
  (
    'com msp dll sys cpl inf reg wsh ws psm1 class apk app dmg pkg deb rpm bash run elf pl py rb htm html xhtml ' +
    'shtml mht mhtml svgz xll xlam docm xlsm pptm dotm iso vhd chm gadget application url scf desktop'
  ).split(' '),
)

/**
 * Why a file may not be called so; undefined where it may. A name that leads to another folder, or has an ending
 * that something runs (also before its last: `x-ray.exe.jpg`), is not a photograph's.
 */
export const nameFault = (declared: string): string | undefined => {
  if (declared.includes('\0') || declared.split(/[/\\]/).some((part) => part.trim() === '..'))
    return 'The file name leads to another folder'
  const [, ...endings] = safeFileName(declared)
    .toLowerCase()
    .split('.')
    .map((part) => part.trim())
  const last = endings.at(-1) ?? ''
  const bad = runnableLast.has(last) ? last : endings.find((ending) => runnableAnywhere.has(ending))
  return bad === undefined ? undefined : `Files with the ending .${bad} are not taken`
}
