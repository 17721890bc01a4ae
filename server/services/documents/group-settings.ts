/** What a group wants of its documents, where it said so; the defaults elsewhere. */
import type { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import { defaultAllowedTypes } from '../../../uploads/content/file-kinds.ts'
import { documentSettingsBody } from '../../contract/documents.ts'

export const settingsId = 'setting:documents'

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
