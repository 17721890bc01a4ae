/** The key that encrypts the records at rest, from the app's `encryptionPassword`. */
import { VetspaceError } from '../errors.ts'
import type { SealedStorageOptions } from '../local/sealed-storage.ts'
import type { DeviceStore } from './device-store.ts'
import { defaultIterations, passwordKeys, randomBytes, sameSecret, toBase64 } from './password.ts'

/**
 * The key; null where nothing is to be encrypted.
 * @throws VetspaceError where the password is another than the one that the device's records were encrypted with
 */
export const encryptionOf = async (
  store: DeviceStore,
  password: string | undefined,
): Promise<SealedStorageOptions | null> => {
  const kept = await store.encryption()
  if (password === undefined) {
    if (!kept) return null
    const why = 'The records on this device are encrypted: encryptionPassword is needed to open them'
    throw new VetspaceError('ENCRYPTION_PASSWORD_NEEDED', why)
  }
  if (password === '') throw new VetspaceError('ENCRYPTION_PASSWORD_EMPTY', 'encryptionPassword is empty')
  if (kept) {
    const { key, verifier } = await passwordKeys(password, kept.salt, kept.iterations)
    if (sameSecret(verifier, kept.verifier)) return { key, sealOld: kept.sealOld }
    const why = 'The records on this device were encrypted with another encryptionPassword'
    throw new VetspaceError('ENCRYPTION_PASSWORD_WRONG', why)
  }
  const salt = toBase64(randomBytes(16))
  const { key, verifier } = await passwordKeys(password, salt, defaultIterations)
  const sealOld = (await store.users()).length > 0
  await store.keepEncryption({ salt, iterations: defaultIterations, verifier, sealOld })
  return { key, sealOld }
}
