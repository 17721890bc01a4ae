/** The data directory, made where it is missing; said in plain words where it cannot be. */
import { constants } from 'node:fs'
import { access, mkdir, open, stat } from 'node:fs/promises'
import path from 'node:path'
import { ConfigError } from './config.ts'

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** A new name is lost with the power until its directory is on disk. */
const syncFolder = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Step by step: Node's own `recursive` never ends where a directory takes no new one, as in /proc. */
const make = async (directory: string, retried = false): Promise<void> => {
  const parent = path.dirname(directory)
  try {
    await mkdir(directory)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(directory)).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || retried || parent === directory) throw error
    await make(parent)
    return await make(directory, true)
  }
  await syncFolder(parent)
}

/** @throws ConfigError where there can be none, or nothing can be written to it */
export const makeDataDir = async (dataDir: string): Promise<void> => {
  try {
    await make(path.resolve(dataDir))
    await access(dataDir, constants.R_OK | constants.W_OK)
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    const { message } = error as Error
    throw new ConfigError(`DATA_DIR: ${dataDir} cannot be used (${message})`, { cause: error })
  }
}
