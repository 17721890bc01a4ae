/** Where fast-check's random numbers come from: told at each run, and given again to play a schedule again. */
import { randomInt } from 'node:crypto'

export interface Seeded {
  seed: number
  path?: string
}

/** `FC_SEED` and `FC_PATH` as fast-check told them of a failure; else a new seed. */
export const seeded = (): Seeded => {
  const { FC_SEED, FC_PATH } = process.env
  const seed = FC_SEED === undefined ? randomInt(2 ** 31) : Number(FC_SEED)
  return { seed, ...(FC_PATH === undefined ? {} : { path: FC_PATH }) }
}
