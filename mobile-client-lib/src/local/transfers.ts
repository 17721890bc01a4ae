/** How far the files are that are being sent or fetched. */
import { BehaviorSubject } from 'rxjs'

export interface Transfer {
  /** The document's id. */
  id: string
  direction: 'upload' | 'download'
  /** Bytes. */
  done: number
  total: number
}

export class Transfers {
  readonly transfers$ = new BehaviorSubject<readonly Transfer[]>([])

  tell(transfer: Transfer): void {
    const others = this.transfers$.value.filter(({ id }) => id !== transfer.id)
    this.transfers$.next([...others, transfer])
  }

  end(id: string): void {
    const others = this.transfers$.value.filter((transfer) => transfer.id !== id)
    if (others.length < this.transfers$.value.length) this.transfers$.next(others)
  }
}
