/** The pure merge. */
import { applyEdit, mergeStates } from '../../sync/merge/record.ts'
import type { RecordState } from '../../sync/merge/types.ts'
import { median, type Row } from './row.ts'

const records = 100_000
const rounds = 5

const base: RecordState = {
  fields: {
    name: 'Bramble',
    weightGrams: 500,
    allergies: ['penicillin'],
    notes: 'Kicks.',
    colour: 'bay',
    siteIds: [1],
  },
  clocks: {},
}
const edited = (n: number, changes: Record<string, { from: unknown; to: unknown }>): RecordState =>
  applyEdit('animal', base, {
    stamp: `${String(1_700_000_000_000 + n)}-0000-${String(n).padStart(12, '0')}`,
    by: 'u',
    generation: 2,
    changes,
    sawGeneration: 1,
  }).state

const perSecond = (work: (i: number) => unknown): number => {
  const rates: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now()
    for (let i = 0; i < records; i += 1) work(i)
    rates.push((records / (performance.now() - started)) * 1000)
  }
  return median(rates)
}

export const mergeBench = (): Promise<Row[]> => {
  const a = Array.from({ length: 100 }, (_, i) => edited(i, { weightGrams: { from: 500, to: 500 + i } }))
  const b = Array.from({ length: 100 }, (_, i) =>
    edited(1000 + i, { notes: { from: 'Kicks.', to: `Bites ${i}.` } }),
  )
  const merge = perSecond((i) => mergeStates('animal', a[i % 100] ?? base, b[(i * 7) % 100] ?? base))
  const edit = perSecond((i) => edited(i, { weightGrams: { from: 500, to: i } }))
  return Promise.resolve([
    {
      what: 'merge of two states',
      value: merge,
      unit: 'records/s',
      asked: 'over 100,000',
      met: merge > 100_000,
    },
    {
      what: 'edit laid on a record',
      value: edit,
      unit: 'records/s',
      asked: 'over 100,000',
      met: edit > 100_000,
    },
  ])
}
