import { killRounds } from './kill/kill-rounds.ts'
import { seeded } from './sync/seed.ts'

const rounds = 10

describe('A server that is killed while devices upload', function () {
  this.timeout(10 * 60_000)
  const { seed } = seeded(47)
  it(`loses nothing that it acknowledged, and doubles nothing: ${rounds} rounds, FC_SEED=${seed}`, async () => {
    await killRounds({ rounds, seed })
  })
})
