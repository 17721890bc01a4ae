/** GET /v2/mobile/animals/{animalId} */
import type { Animal } from '../../../sync/contract/records.ts'
import { apiRecord } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from './readable.ts'

export const getAnimal: Handler<Api['getAnimal']> = async (input, app) => {
  const group = await app.groups.get(input.caller.user.groupId)
  const doc = await readable(group, 'animal', input.params.animalId, input.caller.user)
  if (!doc) return input.fail('NOT_FOUND')
  return { status: 200, body: apiRecord(doc) as unknown as Animal }
}
