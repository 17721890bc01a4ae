/** What a group wants of its documents. */
import { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import { defaultAllowedTypes } from '../../../uploads/content/file-kinds.ts'

export const settingsId = 'setting:documents'

const shape = z.object({
  /** Content types that are taken. */
  allowedTypes: z.array(z.string()).default([...defaultAllowedTypes]),
})
export type DocumentSettings = z.output<typeof shape>

export const documentSettings = async ({ db }: Group): Promise<DocumentSettings> =>
  shape.parse((await db.get(settingsId)) ?? {})
