/**
 * Where the random numbers of the models come from. An ordinary run plays the same in every run, so that a red one says
 * what a change did; what has not been played before is for the soak, or for `FC_SEED=new`.
 */
import { randomInt } from 'node:crypto'

export interface Seeded {
  seed: number
  path?: string
}

/**
 * `FC_SEED` and `FC_PATH` as fast-check told them of a failure, or a seed that is new.
 * @param usual the seed where none is said
 */
export const seeded = (usual: number): Seeded => {
  const { FC_SEED = String(usual), FC_PATH } = process.env
  const seed = FC_SEED === 'new' ? randomInt(2 ** 31) : Number(FC_SEED)
  return { seed, ...(FC_PATH === undefined ? {} : { path: FC_PATH }) }
}
