/** `npm run couchdb:grow -- --nodes couchdb@couchdb2.example,couchdb@couchdb3.example`, for the CouchDB at COUCHDB_URL. */
import { parseArgs } from 'node:util'
import { grow } from './grow.ts'

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { nodes: { type: 'string' } } })
  const url = process.env['COUCHDB_URL']
  if (url === undefined || !URL.canParse(url))
    throw new Error('COUCHDB_URL: the URL of the CouchDB is needed, with the credentials of an administrator')
  const nodes = (values.nodes ?? '').split(',').filter((node) => node !== '')
  if (nodes.length === 0) throw new Error('--nodes: the names of the nodes that join, separated by commas')
  await grow({ url, nodes, print: (line) => console.log(line) })
}

try {
  await main()
} catch (error) {
  // The cause may tell a URL with its password.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
