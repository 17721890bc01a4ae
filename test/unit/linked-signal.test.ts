/** Signals that follow others. */
import { expect } from 'chai'
import { once } from 'node:events'
import { LinkedSignal } from '../../sync/linked-signal.ts'

describe('A linked signal', () => {
  it('is aborted by any of the others, also by one that was aborted before', () => {
    const [a, b] = [new AbortController(), new AbortController()]
    using linked = new LinkedSignal([a.signal, b.signal])
    expect(linked.signal.aborted).to.equal(false)
    b.abort()
    expect(linked.signal.aborted).to.equal(true)
    using late = new LinkedSignal([a.signal, b.signal])
    expect(late.signal.aborted).to.equal(true)
  })

  it('is aborted when its time is over, and says so', async () => {
    using linked = new LinkedSignal([new AbortController().signal], 1)
    await once(linked.signal, 'abort')
    expect(linked.signal.reason).to.have.property('name', 'TimeoutError')
  })

  it('lets the others go when it is disposed', () => {
    const other = new AbortController()
    const linked = new LinkedSignal([other.signal], 60_000)
    linked[Symbol.dispose]()
    other.abort()
    expect(linked.signal.aborted).to.equal(false)
  })
})
