/** What a person agreed to, as the whole grid of type and channel: pure. */
import type { FieldError } from '../../http/problem.ts'
import type { ConsentGrid } from './reference-lists.ts'

export interface Consent {
  type: string
  channel: string
  granted: boolean
}

/** What is wrong with consents that were sent, a message for each. */
export const consentFaults = (given: readonly Consent[], { channels, types }: ConsentGrid): FieldError[] =>
  given.flatMap(({ type, channel, granted }, i) => {
    const path = `consents.${i}`
    const known = types.find(({ code }) => code === type)
    if (!known) return [{ path: `${path}.type`, message: 'is no type of consent of this practice' }]
    if (!channels.some(({ code }) => code === channel))
      return [{ path: `${path}.channel`, message: 'is no channel of this practice' }]
    if (known.contractual && !granted)
      return [{ path: `${path}.granted`, message: 'cannot be refused: it is part of being a client' }]
    const first = given.findIndex((other) => other.type === type && other.channel === channel)
    return first < i ? [{ path, message: 'is given twice' }] : []
  })

/** Every type by every channel: what was granted, what is contractual, and all else off. */
export const wholeGrid = (given: readonly Consent[], { channels, types }: ConsentGrid): Consent[] =>
  types.flatMap(({ code: type, contractual }) =>
    channels.map(({ code: channel }) => {
      const said = given.find((consent) => consent.type === type && consent.channel === channel)
      return { type, channel, granted: contractual || (said?.granted ?? false) }
    }),
  )
