/** The rules for the name of a new user, so that no two names look alike to whoever reads them. */

/** Unseen, or drawn as nothing: spaces of all kinds, control and format characters, what fonts may leave out. */
const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u
const letter = /\p{L}/u
/** Marks on a letter belong to its script; more than these on one letter are drawn over its neighbours. */
const pile = /\p{M}{3}/u

/** Scripts that some language is written in together (Unicode Technical Standard 39, section 5.1). */
const together = [
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
  ['Han', 'Bopomofo'],
] as const
const ofOne = [
  ...['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Devanagari', 'Bengali'],
  ...['Gurmukhi', 'Gujarati', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Thai', 'Lao', 'Myanmar'],
  ...['Khmer', 'Ethiopic', 'Tibetan', 'Hangul', 'Cherokee'],
].map((script) => [script])
const alphabets = [...ofOne, ...together].map(
  (scripts) => new RegExp(`^[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]$`, 'u'),
)

const isOfOneScript = (name: string): boolean => {
  const letters = [...name].filter((sign) => letter.test(sign))
  return alphabets.some((alphabet) => letters.every((sign) => alphabet.test(sign)))
}

/**
 * What is wrong with a user name, in words; empty where nothing is.
 * @param name as `normalUsername` leaves it
 */
export const usernameFaults = (name: string): string[] => {
  const faults: string[] = []
  if (unseen.test(name)) faults.push('must not contain spaces, or characters that are not seen')
  if (pile.test(name)) faults.push('must not pile marks on a letter')
  if (!/[\p{L}\p{N}]/u.test(name)) faults.push('must contain a letter or a digit')
  if (!isOfOneScript(name)) faults.push('must keep to the letters of one alphabet')
  return faults
}
