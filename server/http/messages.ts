/**
 * The classes of which Node makes the requests and responses of an Express application. Express hangs its own methods
 * into each message by changing its prototype. A request so changed shares its hidden class with no other (measured on
 * Node 20): code that was compiled for others does not fit it, and what it refers to survives until a full collection.
 * Messages that begin with that prototype Express leaves as they are: a bare route answers four times as many.
 */
import express, { type Express } from 'express'
import { IncomingMessage, ServerResponse } from 'node:http'

interface Messages {
  IncomingMessage: typeof IncomingMessage
  ServerResponse: typeof ServerResponse
}

/** For `createServer`; the application's own `request` and `response` are the prototypes of the two from then on. */
export const messagesOf = (app: Express): Messages => {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Of extends IncomingMessage = IncomingMessage> extends ServerResponse<Of> {}
  app.request = takenOver(AppRequest.prototype, app.request, express.request)
  app.response = takenOver(AppResponse.prototype, app.response, express.response)
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse }
}

/** A prototype with what an application's has, below what all applications share. */
const takenOver = <T extends object>(prototype: object, own: T, shared: object): T => {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(own))
  Object.setPrototypeOf(prototype, shared)
  return prototype as T
}
