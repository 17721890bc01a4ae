/** The version of this server, from package.json. */
import { existsSync, readFileSync } from 'node:fs'

const packageFile = (): URL => {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder)
    if (existsSync(file)) return file
    if (folder.pathname === '/') throw new Error('There is no package.json above this file')
  }
}

export const { version } = JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }
