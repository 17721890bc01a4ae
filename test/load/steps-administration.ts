/** A group administrator's own calls. */
import type { Step } from './step.ts'

/** At a turn's end: the client whom it made is nobody's any more. */
export const administrationSteps: readonly Step[] = [
  { call: 'listAudit', as: 'admin', query: { limit: '50', kind: 'READ,LISTED' } },
  { call: 'verifyAudit', as: 'admin' },
  { call: 'exportPersonalData', as: 'admin', params: { clientId: '${clientItem}' } },
  {
    ...{ call: 'erasePersonalData', as: 'admin', params: { clientId: '${clientItem}' } },
    body: { documentCategories: ['CONSENT'] },
  },
]
