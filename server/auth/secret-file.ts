/** The demo's own token secret: made once and kept, so that tokens survive a restart. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config, SigningKey } from '../config.ts'

const kid = 'demo'

/** The settings' signing keys, or the demo's. */
export const signingKeysOf = async (config: Config): Promise<readonly SigningKey[]> => {
  if (config.signingKeys.length > 0 || !config.demo) return config.signingKeys
  return [{ kid, secret: await keptSecret(fileOf(config)) }]
}

/** For what works on the data beside a server: the settings' signing keys, or those that the demo keeps there. */
export const knownSigningKeys = async (config: Config): Promise<readonly SigningKey[]> => {
  if (config.signingKeys.length > 0) return config.signingKeys
  const secret = await readFile(fileOf(config), 'utf8').catch(() => undefined)
  return secret === undefined ? [] : [{ kid, secret }]
}

/** What is said where there are none. */
export const withoutKeys =
  'TOKEN_SECRET is not set: give it, or TOKEN_SECRET_FILE, as the server has it. What the audit record notes of this ' +
  'is not sealed without it, and `audit verify` will say so.'

const fileOf = ({ dataDir }: Config): string => path.join(dataDir, 'token-secret')

const keptSecret = async (file: string): Promise<string> => {
  await mkdir(path.dirname(file), { recursive: true })
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      const secret = randomBytes(48).toString('base64url')
      await handle.writeFile(secret)
      await handle.sync()
      return secret
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return await readFile(file, 'utf8')
    throw error
  }
}
