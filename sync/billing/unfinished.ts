/** What a crash left half done, found by the index and finished by whoever reads next. */
import type { WriteTarget } from '../write/context.ts'
import { creditVoided } from './credit.ts'
import { finishInvoice } from './issue.ts'

/** @param at ms since the epoch */
export const finishBilling = async ({ db, index }: WriteTarget, at: number): Promise<void> => {
  const drafts = await index.lookup(['invoice.unfinished'])
  for (const [id = ''] of drafts) await finishInvoice(db, id, { by: null, at })
  const uncredited = await index.lookup(['treatment.uncredited'])
  if (uncredited.length > 0)
    await creditVoided(
      db,
      uncredited.map(([id = '']) => id),
      at,
    )
}
