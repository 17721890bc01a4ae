/** The head of an answer, as it goes over the wire. */
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect } from 'chai'
import type { Response } from 'express'
import { Head } from '../../../server/http/head.ts'

/** The fields as they came, but for those that Node adds. */
const sent = async (answer: (head: Head, response: Response) => void): Promise<string[]> => {
  const server = createServer((_, response) => {
    answer(new Head(['Cache-Control', 'no-store', 'Vary', 'Origin']), response as Response)
    response.end()
  }).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const [message] = (await once(get({ port, agent: false }), 'response')) as [IncomingMessage]
    message.resume()
    const pairs = message.rawHeaders.flatMap((name, i) =>
      i % 2 === 0 ? [`${name}: ${message.rawHeaders[i + 1]}`] : [],
    )
    return pairs.filter(
      (pair) => !/^(Date|Connection|Keep-Alive|Transfer-Encoding|Content-Length):/.test(pair),
    )
  } finally {
    server.close()
  }
}

describe('the head of an answer', () => {
  it('is what answers begin with, each field once, with the value that was given last', async () => {
    const fields = await sent((head, response) => {
      head.set('X-Request-Id', 'one')
      head.set('Vary', 'Origin, Accept-Encoding')
      head.write(response, 200, { 'Cache-Control': 'public', ETag: '"1"' })
    })
    expect(fields).to.deep.equal([
      ...['Cache-Control: public', 'Vary: Origin, Accept-Encoding', 'X-Request-Id: one', 'ETag: "1"'],
    ])
  })

  it('is the same for who writes by Node, and what is set after the handing over follows', async () => {
    const fields = await sent((head, response) => {
      head.set('X-Request-Id', 'one')
      head.handOver(response)
      head.set('Vary', 'Accept')
      response.writeHead(200, { ETag: '"1"' })
    })
    expect(fields).to.deep.equal([
      ...['Cache-Control: no-store', 'Vary: Accept', 'X-Request-Id: one', 'ETag: "1"'],
    ])
  })

  it('is written by Node’s own way where it was handed over', async () => {
    const fields = await sent((head, response) => {
      head.handOver(response)
      head.write(response, 200, { Vary: 'Accept' })
    })
    expect(fields).to.deep.equal(['Cache-Control: no-store', 'Vary: Accept'])
  })

  it('of one answer is not that of the next', async () => {
    const base = ['A', '1']
    new Head(base).set('A', '2')
    expect(base).to.deep.equal(['A', '1'])
  })
})
