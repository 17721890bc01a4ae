/** The rules for a new password, each told in words. */
const minPasswordLength = 12
/** How many passwords, the present one included, may not come again. */
export const passwordsRemembered = 5

const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u]

/** What is wrong with a password, in words; empty where nothing is. Whether it was used before is asked apart. */
export const passwordFaults = (
  password: string,
  user: { username: string; displayName: string },
): string[] => {
  const faults: string[] = []
  if ([...password].length < minPasswordLength)
    faults.push(`must have at least ${minPasswordLength} characters`)
  if (classes.filter((pattern) => pattern.test(password)).length < 3)
    faults.push('must have three of: lower-case letters, upper-case letters, digits, other characters')
  if (containsName(password, user)) faults.push("must not contain the user's name")
  return faults
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

const containsName = (password: string, user: { username: string; displayName: string }): boolean => {
  const typed = plain(password)
  return [user.username, user.displayName].map(plain).some((name) => name.length >= 3 && typed.includes(name))
}
