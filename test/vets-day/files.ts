/** The files a practice moves in with: the real ones, or generated ones with the same quirks where they are missing. */
import { access, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { quirkyAnimals, quirkyPrices } from '../support/csv-quirks.ts'

export interface Files {
  animals: string
  priceList: string
  told: string
}

const shared = process.env['VETSPACE_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

/** @param directory where generated files are written */
export const filesToImport = async (directory: string): Promise<Files> => {
  const real = {
    animals: path.join(shared, 'registered-animals.csv'),
    priceList: path.join(shared, 'price-list.csv'),
  }
  try {
    await access(real.animals)
    await access(real.priceList)
    return { ...real, told: 'A practice moves in with its real files.' }
  } catch {
    const made = {
      animals: path.join(directory, 'animals.csv'),
      priceList: path.join(directory, 'price-list.csv'),
    }
    await writeFile(made.animals, quirkyAnimals({ rows: 2000 }).text)
    await writeFile(made.priceList, quirkyPrices({ rows: 200 }).text)
    return { ...made, told: 'The real files are MISSING: generated ones with the same quirks stand in.' }
  }
}
