/** POST /v2/mobile/sync/news */
import type { Checkpoint, NewsResponse, PullResponse } from '../../../sync/contract/pull.ts'
import type { CollectionName } from '../../../sync/contract/records.ts'
import { InvalidCheckpoint } from '../../../sync/feed/checkpoint.ts'
import { ofNobody } from '../../audit/rule.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { greetDevice } from './device-contact.ts'
import { pullNamed } from './pull-named.ts'

/** Documents of a collection that come with the answer at most. */
const mostNews = 100

export const syncNews: Handler<Api['syncNews']> = async (input, app) => {
  const { user } = input.caller
  await greetDevice(input, app, input.body.deviceId)
  const group = await app.groups.get(user.groupId)
  const newsOf = async (collection: CollectionName, checkpoint: Checkpoint | null): Promise<News> => {
    try {
      const asked = { collection, checkpoint, limit: mostNews + 1 }
      return { collection, page: await pullNamed(app, group, { user, asked }) }
    } catch (error) {
      if (error instanceof InvalidCheckpoint) return { collection, page: null }
      throw error
    }
  }
  const asked = Object.entries(input.body.checkpoints) as [CollectionName, Checkpoint | null][]
  const body = answerOf(await Promise.all(asked.map(([name, checkpoint]) => newsOf(name, checkpoint))))
  input.shown(shownIn(body))
  return { status: 200, body }
}

interface News {
  collection: CollectionName
  /** Null where the checkpoint is not good. */
  page: PullResponse | null
}

const answerOf = (news: readonly News[]): NewsResponse => {
  const pages: NewsResponse['pages'] = {}
  const large: NewsResponse['large'] = []
  for (const { collection, page } of news)
    if (!page || page.documents.length > mostNews) large.push(collection)
    else if (page.documents.length > 0) pages[collection] = page
  return { pages, large }
}

/** Records that tell of somebody. */
const shownIn = ({ pages }: NewsResponse): number =>
  Object.entries(pages).reduce(
    (sum, [collection, { documents }]) => (ofNobody.has(collection) ? sum : sum + documents.length),
    0,
  )
