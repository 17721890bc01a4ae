/** How far a file is on its way. */
import type { Transfer } from '../../../src/index.ts'
import { useClient, useObservable } from '../use.ts'

export const TransferBar = ({ id }: { id: string }) => {
  const { documents } = useClient()
  const transfers = useObservable<readonly Transfer[]>(() => documents.transfers$, [], [documents])
  const transfer = transfers.find((one) => one.id === id)
  if (!transfer) return null
  const label = transfer.direction === 'upload' ? 'Sent' : 'Fetched'
  return <progress value={transfer.done} max={transfer.total} aria-label={label} />
}
