/** The rules for a new password, each told in words. */

/** Of every user of the demo: it is in the documentation, and so nobody's elsewhere. */
export const demoPassword = 'Demo-Practice-2026'

const minPasswordLength = 12
/** How many passwords, the present one included, may not come again. */
export const passwordsRemembered = 5

const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u]

/** What is wrong with a password, in words; empty where nothing is. Whether it was used before is asked apart. */
export const passwordFaults = async (
  password: string,
  user: { username: string; displayName: string; demo: boolean },
): Promise<string[]> => {
  const faults: string[] = []
  if ([...password].length < minPasswordLength)
    faults.push(`must have at least ${minPasswordLength} characters`)
  if (/\p{Cc}/u.test(password)) faults.push('must not contain control characters')
  if (classes.filter((pattern) => pattern.test(password)).length < 3)
    faults.push('must have three of: lower-case letters, upper-case letters, digits, other characters')
  if (containsName(password, user)) faults.push("must not contain the user's name")
  if (!user.demo && password === demoPassword) faults.push('must not be the demo’s, which everybody can read')
  if (await isCommon(password))
    faults.push('must not be one of the most common passwords, nor one with something put before or after it')
  return faults
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

const plain = (text: string): string => folded(text).replace(/[^\p{L}\p{N}]/gu, '')

const containsName = (password: string, user: { username: string; displayName: string }): boolean => {
  const typed = plain(password)
  return [user.username, user.displayName].map(plain).some((name) => name.length >= 3 && typed.includes(name))
}

let common: Promise<ReadonlySet<string>> | undefined
/** Unpacked when a password is first set, not at each start. */
const commonPasswords = (): Promise<ReadonlySet<string>> =>
  (common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map(folded)),
  ))

/** As people write letters to have a digit or another character among them. */
const written: Readonly<Record<string, string>> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b' },
  ...{ '@': 'a', $: 's', '!': 'i', '|': 'l', '+': 't' },
}
const asLetters = (text: string): string => text.replace(/[0134578@$!|+]/g, (sign) => written[sign] ?? sign)

const core = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')

/** Shorter ones are in the list as well, and in many a good password. */
const leastCore = 5

/**
 * Whether a password, or what is left of it without digits and other characters at its ends, is among the 49,000 most
 * common ones. At its length few are; `Password2026!` is what people make of them.
 */
const isCommon = async (password: string): Promise<boolean> => {
  const whole = folded(password)
  const parts = [core(whole), asLetters(core(whole)), core(asLetters(whole))]
  const list = await commonPasswords()
  return list.has(whole) || parts.some((part) => part.length >= leastCore && list.has(part))
}
