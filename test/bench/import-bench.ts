/** Moving in: the animals' file without a server, by the command that a practice runs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'
import { median, type Row } from './row.ts'

const rounds = 3

export const importBench = async (): Promise<Row[]> => {
  const rates: number[] = []
  const peaks: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-import-'))
    try {
      const { animals } = await filesToImport(dataDir)
      const rows = (await readFile(animals, 'utf8')).trim().split('\n').length - 1
      const { seconds, peakMb } = await importFiles(dataDir, ['--animals'])
      rates.push(rows / seconds)
      peaks.push(peakMb)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }
  const [rate, peak] = [median(rates), median(peaks)]
  return [
    {
      what: 'import of animals (a row is a client and an animal), start to end',
      value: rate,
      unit: 'rows/s',
      asked: 'at least 4,000',
      met: rate >= 4000,
    },
    { what: 'import, peak memory', value: peak, unit: 'MB', asked: 'under 300', met: peak < 300 },
  ]
}
