/** `npm run couchdb:apply [-- --dry-run]`, for the CouchDB at COUCHDB_URL. */
import { parseArgs } from 'node:util'
import { apply } from './apply.ts'

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
  const url = process.env['COUCHDB_URL']
  if (url === undefined || !URL.canParse(url))
    throw new Error('COUCHDB_URL: the URL of the CouchDB is needed, with the credentials of an administrator')
  await apply({ url, dryRun: values['dry-run'], print: (line) => console.log(line) })
}

try {
  await main()
} catch (error) {
  // The cause may tell a URL with its password.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
