/** `owner.json` in the data directory: which process has it open, and where tools on this machine may talk to it. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'

export interface Owner {
  pid: number
  /** The admin listener, on the loopback. */
  url: string
  /** Its bearer token. */
  token: string
}

const fileIn = (dataDir: string): string => path.join(dataDir, 'owner.json')

/** Writes the file, readable by its owner alone; what a dead process left is replaced. */
export const writeOwner = async (dataDir: string, owner: Owner): Promise<void> => {
  await mkdir(dataDir, { recursive: true })
  const draft = `${fileIn(dataDir)}.${owner.pid}`
  await rm(draft, { force: true })
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(owner))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, fileIn(dataDir))
}

/** Removes the file where it still is this owner's. */
export const removeOwner = async (dataDir: string, { token }: Owner): Promise<void> => {
  try {
    const current = JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as Partial<Owner>
    if (current.token === token) await rm(fileIn(dataDir), { force: true })
  } catch (error) {
    const gone = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!gone) throw error
  }
}
