/** The contract's limits and types, without its validators. */
import type { maxBatchItems } from '../../../sync/contract/upload.ts'

export type { UploadResult } from '../../../sync/contract/upload.ts'

/** Items in one batch; the type says that it is the contract's. */
export const maxItems: typeof maxBatchItems = 500
