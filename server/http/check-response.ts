/** In tests: an answer that is not what the contract says is a fault of ours. */
import type { CallSpec } from '../contract/call.ts'
import { streamed, type Reply } from './handler.ts'
import type { Route } from './routes.ts'

/** An answer does not match its declaration. */
class ContractBroken extends Error {
  override readonly name = 'ContractBroken'
}

/** Throws ContractBroken where the reply is none of those that the call declares. */
export const checkResponse = ({ name, spec }: Route<unknown>, reply: Reply<CallSpec>): void => {
  if (reply === streamed) return
  const { status, body } = reply as { status: number; body?: unknown }
  const declared = spec.responses[status]
  if (!declared) throw new ContractBroken(`${name} answers ${status}, which it does not declare`)
  if (!declared.body) {
    if (body !== undefined) throw new ContractBroken(`${name} answers ${status} with a body`)
    return
  }
  const { error } = declared.body.safeParse(body === undefined ? undefined : JSON.parse(JSON.stringify(body)))
  if (!error) return
  const faults = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new ContractBroken(`${name} answers ${status} with ${faults.join('; ')}`, { cause: error })
}
