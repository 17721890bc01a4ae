/** A certificate in files, read again when they change: those of Let's Encrypt and of clusters do so every few weeks. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { ConfigError } from './config.ts'
import type { TlsFiles } from './edge-settings.ts'

/** Looked at by time: what only replaces a link, as clusters do, tells nobody. */
const lookMs = 2000

/** @throws Error where the files cannot be read, are no PEM, or do not belong together */
const read = async ({ certFile, keyFile }: TlsFiles): Promise<SecureContextOptions> => {
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)])
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key is not that of the certificate')
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' }
  createSecureContext(options)
  return options
}

export class Certificate implements Disposable {
  readonly options: SecureContextOptions
  readonly #files: TlsFiles
  #look: (() => void) | undefined

  private constructor(files: TlsFiles, options: SecureContextOptions) {
    this.#files = files
    this.options = options
  }

  /** @throws ConfigError */
  static async open(files: TlsFiles): Promise<Certificate> {
    try {
      return new Certificate(files, await read(files))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError(`TLS_CERT_FILE, TLS_KEY_FILE: ${why}`, { cause })
    }
  }

  /** Hands on what the files hold from now on. Halfway through a change they do not fit: then the one before goes on. */
  follow(use: (next: SecureContextOptions) => void, told: (fault: Error | undefined) => void): void {
    const look = (): void => {
      read(this.#files).then(
        (next) => {
          use(next)
          told(undefined)
        },
        (error: unknown) => told(error instanceof Error ? error : new Error(String(error))),
      )
    }
    this.#look = look
    for (const file of [this.#files.certFile, this.#files.keyFile])
      watchFile(file, { interval: lookMs, persistent: false }, look)
  }

  [Symbol.dispose](): void {
    if (!this.#look) return
    for (const file of [this.#files.certFile, this.#files.keyFile]) unwatchFile(file, this.#look)
  }
}
