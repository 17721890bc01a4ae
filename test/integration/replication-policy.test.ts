import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { type Policy } from '../../sync/replication/policy.ts'
import { replicationRouter } from '../../sync/replication/router.ts'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

/** Reads and writes what is not secret; nobody deletes what is kept. */
const policy: Policy = {
  mayRead: (doc) => doc['secret'] !== true,
  refusal: ({ doc, current }) =>
    doc['secret'] === true || (doc._deleted && current?.['kept'] === true) ? 'Not for you.' : undefined,
  localPrefix: 'user-7/',
}

describe('A policy of the replication protocol', () => {
  let base: OpenReplication
  let url = ''
  const server = createServer()
  const stopping = new AbortController()
  const ask = async (path: string, json?: unknown, method = 'POST'): Promise<Json> => {
    const init = json === undefined ? {} : { method, body: JSON.stringify(json) }
    const response = await fetch(url + path, {
      ...init,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    })
    return (await response.json()) as Json
  }
  const ids = (rows: unknown): unknown[] => (rows as { id: string }[]).map(({ id }) => id)

  before(async () => {
    base = await startOpenReplication()
    const db = await base.store.database('group')
    await db.write([
      { _id: 'a' },
      { _id: 'b', secret: true },
      { _id: 'c', kept: true },
      ...Array.from({ length: 700 }, (_, n) => ({ _id: `s${n}`, secret: true })),
      { _id: 'z' },
    ])
    const router = replicationRouter({
      uuid: 'test',
      open: (name) => (name === 'group' ? { db, policy } : undefined),
      stopping: stopping.signal,
      onFault: (error) => {
        throw error
      },
    })
    server.on('request', express().use('/sync', router)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sync/group`
  })
  after(async () => {
    stopping.abort()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    await base[Symbol.asyncDispose]()
  })

  it('hides what may not be read from every call', async () => {
    expect(await ask('/b')).to.include({ error: 'not_found', reason: 'missing' })
    expect(await ask('/b?open_revs=all')).to.include({ error: 'not_found' })
    expect(ids((await ask('/_all_docs'))['rows'])).to.deep.equal(['a', 'c', 'z'])
    expect(await ask('/_all_docs', { keys: ['b'] })).to.deep.include({
      rows: [{ key: 'b', error: 'not_found' }],
    })
    const { results } = await ask('/_bulk_get', { docs: [{ id: 'b' }] })
    expect(JSON.stringify(results)).to.include('not_found').and.not.include('secret')
    expect(JSON.stringify(await ask('/_revs_diff', { b: ['2-abc'] }))).not.to.include('possible_ancestors')
  })

  it('fills a page of changes with what may be read, so that a short one is the last', async () => {
    const page = await ask('/_changes?limit=3')
    expect(ids(page['results'])).to.deep.equal(['a', 'c', 'z'])
    expect(page['results']).not.to.have.nested.property('[0].doc')
    const next = await ask(`/_changes?limit=3&since=${String(page['last_seq'])}`)
    expect(next['results']).to.deep.equal([])
  })

  it('makes a forbidden write its own row, which harms no other', async () => {
    const { _rev } = await ask('/c')
    const docs = [
      { _id: 'n1' },
      { _id: 'n2', secret: true },
      { _id: 'c', _rev, _deleted: true },
      { _id: 'n3' },
    ]
    const rows = (await ask('/_bulk_docs', { docs })) as unknown as { id: string; error?: string }[]
    expect(rows.map(({ error }) => error)).to.deep.equal([undefined, 'forbidden', 'forbidden', undefined])
    expect(await ask('/n2', { secret: true }, 'PUT')).to.deep.equal({
      error: 'forbidden',
      reason: 'Not for you.',
    })
    const leaf = { _id: 'n4', _rev: '1-abc', secret: true }
    const [refused] = (await ask('/_bulk_docs', { new_edits: false, docs: [leaf] })) as unknown as Json[]
    expect(refused).to.include({ id: 'n4', error: 'forbidden' })
  })

  it('keeps _local documents apart, and makes no databases', async () => {
    await ask('/_local/x', { n: 1 }, 'PUT')
    const db = await base.store.database('group')
    expect(await db.getLocal('user-7/x')).to.deep.equal({ rev: 1, fields: { n: 1 } })
    expect(await ask('', {}, 'PUT')).to.include({ error: 'method_not_allowed' })
  })
})
