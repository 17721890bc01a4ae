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

/** Endings that a system or a web server runs, or a browser opens, and that are no word: refused wherever in a name they stand. */
const runnableAnywhere = new Set(
  (
    'exe bat cmd scr pif msi msix msixbundle appx appxbundle jar jnlp dll cpl ocx drv lnk chm hlp vhd vhdx vmdk wim ' +
    'apk ipa xpi crx swf xap hta htc htt js jse mjs cjs vb vbs vbe wsf wsc sct ps1 ps1xml psm1 psd1 php php3 php4 php5 ' +
    'php7 phps pht phtml phar asp aspx ashx asmx asax jsp jspx cfm cgi fcgi htaccess htpasswd sh bash zsh csh ksh ' +
    'htm html xhtml xht shtml shtm mht mhtml svg svgz xsl xslt docm dotm xlsm xltm xlsb pptm potm ppsm ppam sldm xlam'
  ).split(' '),
)
/** Endings that a system runs, or that hold what it does; elsewhere in a name they are words. */
const runnableLast = new Set(
  (
    'com msp mst msc sys inf ini reg ws wsh class app dmg pkg deb rpm run elf pl py pyc pyw pyz rb lua tcl xll wll ' +
    'iso img gadget application url website webloc scf desktop command workflow scpt action terminal tool mobileconfig ' +
    'library-ms search-ms searchconnector-ms settingcontent-ms appref-ms appinstaller diagcab theme themepack udl rdp ' +
    'xbap fon job bas isp one onepkg ade adp mde osd'
  ).split(' '),
)
/** `image/svg+xml` may be allowed by a group, and is then called so. */
const allowedLast = new Set(['svg'])
/** Nobody sees them, so that an ending with one of them in it looks like another. */
const invisible = /\p{Default_Ignorable_Code_Point}/gu
/** `%2e%2e%2f`, as whatever decodes names once more would read it. */
const decoded = (name: string): string =>
  name.replace(/%(2e|2f|5c|00)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** What stands behind the dots of a name, as systems read it: they drop dots and blanks at its end, and what follows a colon or a semicolon. */
const endingsOf = (name: string): string[] =>
  safeFileName(name)
    .normalize('NFKC')
    .replace(invisible, '')
    .toLowerCase()
    .split(/[.:;]/)
    .slice(1)
    .map((part) => part.trim())
    .filter((part) => part !== '')

/**
 * Why a file may not be called so; undefined where it may. A name that leads to another folder, or has an ending
 * that something runs (also before its last: `x-ray.exe.jpg`), is not a photograph's.
 */
export const nameFault = (declared: string): string | undefined => {
  const name = decoded(declared)
  if (name.includes('\0') || name.split(/[/\\]/).some((part) => part.trim() === '..'))
    return 'The file name leads to another folder'
  const endings = endingsOf(name)
  const last = endings.at(-1) ?? ''
  const before = allowedLast.has(last) ? endings.slice(0, -1) : endings
  const bad = runnableLast.has(last) ? last : before.find((ending) => runnableAnywhere.has(ending))
  return bad === undefined ? undefined : `Files with the ending .${bad} are not taken`
}
