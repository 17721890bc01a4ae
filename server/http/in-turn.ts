import type { RequestHandler } from 'express'

/**
 * Several as one: for each layer of its own the router takes a request apart anew. What a step throws goes to `next`; a
 * step that goes on after it has returned answers its failures itself.
 */
export const inTurn =
  (...steps: readonly RequestHandler[]): RequestHandler =>
  (request, response, next) => {
    const go = (at: number): void => {
      const step = steps[at]
      if (!step) return next()
      try {
        void step(request, response, (error?: unknown) => (error === undefined ? go(at + 1) : next(error)))
      } catch (error) {
        next(error)
      }
    }
    go(0)
  }
