/** The server's side of a command beside it, on the loopback listener whose token only the machine's owner can read. */
import express, { Router } from 'express'
import { CliError, type CliContext } from './command.ts'
import { requestShape, runCommand } from './run.ts'

/** `POST /cli` with a command's name and options. */
export const cliRouter = (context: CliContext): Router => {
  const router = Router()
  router.post('/cli', express.json({ limit: '10mb' }), async (request, response) => {
    const asked = requestShape.safeParse(request.body)
    if (!asked.success) return void response.status(400).end()
    try {
      response.json({ lines: await runCommand(asked.data, context) })
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      response.status(422).json({ detail: error.message })
    }
  })
  return router
}
