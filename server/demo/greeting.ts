/** What the demo prints when it has started. */
import { demoAccountId, demoGroups, demoKeys, demoPassword } from './practice.ts'

/** Addresses and credentials of the demo, for people. */
export const greeting = (url: string): string => {
  const users = demoGroups.flatMap(({ name, users }) =>
    users.map(({ username, roles }) => `  ${username.padEnd(20)} ${roles.join(', ')}, ${name}`),
  )
  return [
    '',
    `Vetspace demo: ${url}`,
    `  ${url}/docs           reference with Try It Yourself, and guides`,
    `  ${url}/openapi.json   ${url}/openapi.yaml   ${url}/health`,
    '',
    `accountId  ${demoAccountId}`,
    ...demoKeys.map(({ apiKey, kind }) => `apiKey     ${apiKey} (${kind} key)`),
    '',
    ...users,
    `  password of all: ${demoPassword}`,
    '',
  ].join('\n')
}
