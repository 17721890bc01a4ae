/**
 * The peers of the GET bench: for each path a bare Express route that answers a text it was given, as Express answers
 * one, and under `/bytes` one that hands the bytes to Node's response past all that Express does.
 */
import express from 'express'
import { readFileSync } from 'node:fs'

/** Path → body. */
const bodies = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Record<string, string>
const app = express()
for (const [path, body] of Object.entries(bodies)) {
  const bytes = Buffer.from(body)
  app.get(path, (_request, response) => void response.type('json').send(body))
  app.get(`/bytes${path}`, (_request, response) => {
    response
      .set('Content-Type', 'application/json; charset=utf-8')
      .set('Content-Length', String(bytes.length))
    response.end(bytes)
  })
}
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
