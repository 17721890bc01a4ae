/** A process that writes the audit record until it is killed: prints the number of each entry when it is on disk. */
import { Audit } from '../../server/audit/audit.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'

const [dataDir = ''] = process.argv.slice(2)
const store = await openLevelStore({ dataDir })
const log = { error: (details: object, message: string) => console.error(message, details) }
const keys = [{ kid: 'one', secret: 'a secret of thirty-two characters' }]
const audit = new Audit({ store, keys, dataDir, keepDays: 2557, now: Date.now, log })

for (let n = 0; ; n += 4)
  await Promise.all(
    [0, 1, 2, 3].map(async (more) => {
      const detail = { n: n + more }
      audit.note(1, { kind: 'READ', actor: { kind: 'user', userId: 'u' } })
      await audit.append(1, { kind: 'SIGN_IN', actor: { kind: 'user', userId: 'u' }, detail })
      process.stdout.write(`${n + more}\n`)
    }),
  )
