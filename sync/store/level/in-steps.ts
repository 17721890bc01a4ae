/**
 * Reading on in a LevelDB, in steps that begin small. classic-level sets 64 bytes aside for each entry that a step may
 * bring, and gives them back when the garbage collector meets the closed iterator. The collector knows nothing of that
 * memory and is in no hurry: with steps of 1,000 a busy server came to hold half a gigabyte of it.
 */

const firstStep = 32
const largestStep = 1000

interface Reader<T> extends AsyncDisposable {
  nextv(size: number): Promise<T[]>
}

/** Step by step; the caller closes the reader. At most `limit` entries. */
export async function* inSteps<T>(reader: Reader<T>, limit = Infinity): AsyncGenerator<T[]> {
  let left = limit
  for (let step = firstStep; left > 0; step = Math.min(step * 4, largestStep)) {
    const some = await reader.nextv(Math.min(step, left))
    if (some.length === 0) return
    left -= some.length
    yield some
  }
}

/** Everything that a reader finds; closes it. */
export const allOf = async <T>(opened: Reader<T>): Promise<T[]> => {
  await using reader = opened
  const found: T[] = []
  for await (const some of inSteps(reader)) found.push(...some)
  return found
}
