/** The server's side of an import beside it: on the loopback listener for the owner of the machine, not on the API. */
import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express'
import { z } from 'zod'
import { groupId, siteId } from '../../sync/contract/fields.ts'
import type { Audit } from '../audit/audit.ts'
import { batchShape } from './batch.ts'
import { checkPlace, type Premises } from './destination.ts'
import { ImportError } from './errors.ts'
import { recordBatch } from './record-batch.ts'
import { takeBatch } from './take-batch.ts'

/** What of the server's context an import needs. */
export interface ImportContext extends Premises {
  audit: Pick<Audit, 'append'>
  now: () => number
}

const placeShape = z.object({ groupId, siteId })

/** A shape's value, or ImportError naming the first field that is wrong. */
const read = <T extends z.ZodType>(shape: T, body: unknown): z.output<T> => {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ImportError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, { cause: result.error })
}

/** Hands rejections to the error handler (Express 5 does), and keeps handlers typed as functions of the body. */
const answer =
  (handle: (body: unknown) => Promise<object | undefined>): RequestHandler =>
  async (request, response) => {
    const result = await handle(request.body)
    if (result) response.json(result)
    else response.status(204).end()
  }

const refuse: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof ImportError)) return next(error)
  response
    .status(422)
    .type('application/problem+json')
    .json({ type: 'about:blank', title: 'The import cannot go on', status: 422, detail: error.message })
}

/**
 * `POST /import/check` for a group and site, `POST /import/rows` for batches, `POST /import/finish` when all are
 * sent. The listener that mounts it has checked the token.
 */
export const importRouter = (app: ImportContext): Router => {
  const router = Router()
  router.use('/import', express.json({ limit: '64mb' }))
  router.post(
    '/import/check',
    answer(async (body) => {
      await checkPlace(app, read(placeShape, body))
      return undefined
    }),
  )
  router.post(
    '/import/rows',
    answer(async (body) => {
      const batch = read(batchShape, body)
      const { db } = await app.groups.get(batch.groupId)
      await recordBatch(app.audit, batch)
      return await takeBatch(db, batch, app.now())
    }),
  )
  router.post(
    '/import/finish',
    answer(async (body) => {
      const group = await app.groups.get(read(placeShape, body).groupId)
      await group.index.catchUp()
      return undefined
    }),
  )
  router.use('/import', refuse)
  return router
}
