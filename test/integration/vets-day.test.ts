import { vetsDay } from '../vets-day/vets-day.ts'

describe("A vet's day", () => {
  it('ends with both devices and the API the same, everything entered kept, nothing twice, though the server was killed', async function () {
    this.timeout(300_000)
    await vetsDay({ say: (line) => console.log(`      ${line}`) })
  })
})
