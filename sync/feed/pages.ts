/**
 * Pages as they go out, kept for the next device of the same channels that asks for the same: of a hundred devices
 * that make their first pull together, one has its pages read and compressed, the others are sent the bytes. A page is
 * dropped with the first change in its channels; until then what it says, and the place that its checkpoint names, is
 * what the device would be told now.
 */
import type { Actor } from '../actor.ts'
import type { PullRequest, PullResponse } from '../contract/pull.ts'
import { encode, negotiate, type Encoded } from '../encoding/encode.ts'
import { touchedKey } from './keys.ts'
import { channelsOfActor, pull, type FeedSource } from './pull.ts'
import { windowAt } from './window.ts'

export interface EncodedPage extends Encoded {
  /** How many it holds. */
  documents: number
}

/** Smaller pages (bytes) are made as fast as they are found. */
const leastKept = 1024
/** Bytes of all pages of a group together. */
const mostKept = 64 * 1024 * 1024

interface Kept {
  page: Promise<EncodedPage>
  /** 0 until it is made. */
  size: number
  touching: readonly string[]
}

export interface PageQuestion {
  actor: Pick<Actor, 'siteIds'>
  request: Pick<PullRequest, 'collection' | 'checkpoint' | 'limit'>
  /** `Accept-Encoding`. */
  accepts: string | undefined
}

export class Pages {
  readonly #source: FeedSource
  readonly #write: (page: PullResponse) => string
  readonly #kept = new Map<string, Kept>()
  readonly #byTouch = new Map<string, Set<string>>()
  #bytes = 0

  /** @param write a page as text; the same page is always the same text */
  constructor(source: FeedSource, write: (page: PullResponse) => string) {
    this.#source = source
    this.#write = write
    source.index.subscribe((touched) => {
      for (const one of touched) for (const key of this.#byTouch.get(one) ?? []) this.#drop(key)
    })
  }

  /**
   * One page, as `pull` has it.
   * @throws InvalidCheckpoint
   */
  async page({ actor, request, accepts }: PageQuestion): Promise<EncodedPage> {
    const { index, windows, now } = this.#source
    await index.catchUp()
    const { collection, checkpoint, limit } = request
    const channels = channelsOfActor(actor)
    const window = windowAt(windows, collection, now())
    const encoding = negotiate(accepts)
    const key = JSON.stringify([collection, limit, encoding, window, channels, checkpoint?.token ?? null])
    const known = this.#kept.get(key)
    if (known) return await known.page
    const page = pull(this.#source, actor, request).then(async (found) => ({
      ...(await encode(this.#write(found), accepts)),
      documents: found.documents.length,
    }))
    const touching = channels.map((channel) => touchedKey(collection, channel))
    const kept: Kept = { page, size: 0, touching }
    this.#keep(key, kept)
    try {
      const made = await page
      if (this.#kept.get(key) === kept) this.#made(key, kept, made.length)
      return made
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#drop(key)
      throw error
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept)
    for (const one of kept.touching) {
      const keys = this.#byTouch.get(one) ?? new Set()
      this.#byTouch.set(one, keys.add(key))
    }
  }

  #made(key: string, kept: Kept, size: number): void {
    if (size < leastKept) return this.#drop(key)
    kept.size = size
    this.#bytes += size
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= mostKept) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key)
    if (!kept) return
    this.#kept.delete(key)
    this.#bytes -= kept.size
    for (const one of kept.touching) {
      const keys = this.#byTouch.get(one)
      keys?.delete(key)
      if (keys?.size === 0) this.#byTouch.delete(one)
    }
  }
}
