/** What a group wants of its documents: GET and PUT /v2/mobile/documents/settings */
import type { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import { defaultAllowedTypes } from '../../../uploads/content/file-kinds.ts'
import type { Api } from '../../contract/api.ts'
import { documentSettingsBody } from '../../contract/documents.ts'
import type { Handler } from '../../http/handler.ts'

const settingsId = 'setting:documents'
const maxTries = 20

export type DocumentSettings = z.output<typeof documentSettingsBody>

const defaults: DocumentSettings = {
  allowedTypes: [...defaultAllowedTypes],
  keepGps: false,
  retentionDays: {},
  fileLimit: null,
  dailyBytesPerUser: null,
}

export const documentSettings = async ({ db }: Pick<Group, 'db'>): Promise<DocumentSettings> => {
  const stored = await db.get(settingsId)
  return documentSettingsBody.strip().parse({ ...defaults, ...stored })
}

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
