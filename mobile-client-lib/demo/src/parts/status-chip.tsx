import { statusWord, type Status } from '../words.ts'

/** An appointment's status, in colour and in words. */
export const StatusChip = ({ status }: { status: Status }) => (
  <span class={`chip ${status}`}>{statusWord[status]}</span>
)
