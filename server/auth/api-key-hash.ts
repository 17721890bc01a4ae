import { createHash } from 'node:crypto'

/** SHA-256: an API key is random, so that a fast hash is enough. */
export const hashApiKey = (apiKey: string): string => createHash('sha256').update(apiKey).digest('base64url')
