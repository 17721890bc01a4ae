import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** Where models keep their stores: in memory where there is such a place, as what they prove is not durability. */
export const scratch = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
