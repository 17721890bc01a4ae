/** What a group wants of its documents: GET and PUT /v2/mobile/documents/settings */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { documentSettings, settingsId } from './group-settings.ts'

const maxTries = 20

export const getDocumentSettings: Handler<Api['getDocumentSettings']> = async (input, app) => {
  const group = await app.groups.get(input.caller.user.groupId)
  return { status: 200, body: await documentSettings(group) }
}

export const putDocumentSettings: Handler<Api['putDocumentSettings']> = async (input, app) => {
  const { db, groupId } = await app.groups.get(input.caller.user.groupId)
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await db.get(settingsId)
    const times = { modifiedAt: new Date(app.now()).toISOString(), modifiedBy: input.caller.user.userId }
    const next = { _id: settingsId, type: 'setting', groupId, ...stored, ...input.body, ...times }
    const [written] = await db.write([next])
    if (written?.ok) return { status: 200, body: await documentSettings({ db }) }
  }
  throw new Error('The settings are written too often to change them')
}
