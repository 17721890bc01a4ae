import { expect } from 'chai'
import express from 'express'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messagesOf } from '../../../server/http/messages.ts'

describe('The messages of an Express application', () => {
  it('are made with its prototypes, so that Express changes none, and have its methods', async () => {
    const app = express()
    const messages = messagesOf(app)
    app.get('/here', (request, response) =>
      response.status(201).json({ ip: request.ip, ours: request.app === app && response.app === app }),
    )
    const made: [unknown, unknown][] = []
    const server = createServer(messages, (request, response) => {
      made.push([Object.getPrototypeOf(request), Object.getPrototypeOf(response)])
      app(request, response)
      made.push([Object.getPrototypeOf(request), Object.getPrototypeOf(response)])
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/here`)
      expect(answer.status).to.equal(201)
      expect(await answer.json()).to.deep.equal({ ip: '127.0.0.1', ours: true })
      const [before, after] = made
      expect(before?.[0]).to.equal(messages.IncomingMessage.prototype)
      expect(before?.[1]).to.equal(messages.ServerResponse.prototype)
      expect(after?.[0]).to.equal(before?.[0])
      expect(after?.[1]).to.equal(before?.[1])
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
