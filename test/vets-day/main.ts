/** `npm run vets-day`: the day, narrated. */
import { vetsDay } from './vets-day.ts'

const started = Date.now()
await vetsDay({
  say: (line) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`),
})
console.log('The day held.')
