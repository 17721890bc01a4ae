/** The last step of `npm run build`: what of the pages the compiler does not make goes beside the compiled code. */
import { cpSync, existsSync } from 'node:fs'

/** Folders of text, styles, scripts for browsers and examples that the server reads while it runs. */
const folders = ['server/docs', 'server/pages']
/** Code of the server; the examples in TypeScript are text to it. */
const isCode = (path: string): boolean => path.endsWith('.ts') && !path.includes('/examples/')

for (const folder of folders.filter((folder) => existsSync(folder)))
  cpSync(folder, `dist/${folder}`, { recursive: true, filter: (path) => !isCode(path) })
