/** What a group wants of its documents, where it said so; the defaults elsewhere. */
import type { z } from 'zod'
import type { Group, Groups } from '../../../sync/group.ts'
import { defaultAllowedTypes } from '../../../uploads/content/file-kinds.ts'
import type { Config } from '../../config.ts'
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

/** Largest file in bytes: the server's limit, or the group's where that is less. */
export const fileLimitOf = async (
  { config, groups }: { config: Pick<Config, 'fileLimit'>; groups: Groups },
  groupId: number,
): Promise<number> =>
  Math.min(config.fileLimit, (await documentSettings(await groups.get(groupId))).fileLimit ?? Infinity)
