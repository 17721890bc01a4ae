/** Pure parts of signing in: rules for passwords, failures counted, refresh tokens rotated. */
import { expect } from 'chai'
import fc from 'fast-check'
import type { SessionFields } from '../../../server/auth/account-docs.ts'
import { afterFailure } from '../../../server/auth/lockout.ts'
import { Gate } from '../../../server/auth/password-hash.ts'
import { passwordFaults } from '../../../server/auth/password-rules.ts'
import { rotated } from '../../../server/auth/refresh-token.ts'

describe('the rules for passwords', () => {
  const user = { username: 'amelia.vet', displayName: 'Amelia Hart', demo: false }
  const faults = async (password: string): Promise<number> => (await passwordFaults(password, user)).length
  it('ask for twelve characters and three of four classes', async () => {
    expect(await faults('Correct-Horse-47')).to.equal(0)
    expect(await faults('Qzpt-47')).to.equal(1)
    expect(await faults('onlylowercaseletters')).to.equal(1)
    expect(await faults('lower and spaces 4')).to.equal(0)
    expect(await faults('Übermäßig-lang')).to.equal(0)
  })
  it('keep the name out, however it is written', async () => {
    expect(await faults('Amelia.Vet-2026!')).to.equal(1)
    expect(await faults('xx-AMELIA hart-26')).to.equal(1)
  })
})

describe('counting failures', () => {
  it('locks at the tenth, twice as long each time, up to an hour', () => {
    let attempts: ReturnType<typeof afterFailure> | undefined
    const locks: number[] = []
    for (let i = 0, now = 0; i < 20; i += 1) {
      attempts = afterFailure(attempts, 'user', now)
      if (attempts.lockedUntil > 0) locks.push((attempts.lockedUntil - now) / 60_000)
      now = Math.max(now, attempts.lockedUntil) + 1000
    }
    expect(locks).to.deep.equal([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
  })
  it('begins anew after an hour without failures', () => {
    const before = { count: 9, lastAt: 0, lockedUntil: 0 }
    expect(afterFailure(before, 'user', 3_600_001).count).to.equal(1)
    expect(afterFailure(before, 'user', 3_599_000).count).to.equal(10)
  })
})

describe('rotating refresh tokens', () => {
  const fresh: SessionFields = {
    ...{ sessionId: 's', userId: 'u', username: 'n', epoch: 0 },
    ...{ base: 't0', next: [], createdAt: 0, lastUsedAt: 0, expiresAt: 1 },
  }

  it('never signs out a device that uses the newest token it was given, whatever answers are lost', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (arrives) => {
        let session = fresh
        let held = 't0'
        for (const [i, arrived] of arrives.entries()) {
          const after = rotated(session, held, `t${i + 1}`)
          if (!after) return false
          session = after
          if (arrived) held = `t${i + 1}`
        }
        return true
      }),
    )
  })

  it('takes no token again after its successor was used', () => {
    const first = rotated(fresh, 't0', 't1') as SessionFields
    const second = rotated(first, 't1', 't2') as SessionFields
    expect(rotated(second, 't0', 't3')).to.equal(undefined)
    expect(rotated(second, 'made up', 't3')).to.equal(undefined)
    expect(rotated(second, 't1', 't3')).to.have.property('base', 't1')
  })
})

describe('the gate before hashing', () => {
  it('lets in as many as it says, and all in the end', async () => {
    const gate = new Gate({ limit: 2, maxWaiting: 100 })
    let inside = 0
    let most = 0
    const visit = async (): Promise<void> => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => gate.run(visit)))
    expect([most, inside]).to.deep.equal([2, 0])
  })
})
