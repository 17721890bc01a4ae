/** Notes that two sides write: who booked online, and the practice. */
import { holds, marker, replacePart } from '../merge/text.ts'

/**
 * The notes of a booking after who booked it says something new, without having seen what the practice wrote there:
 * their own text changes, the practice's stays.
 * @param standing the notes as they are
 * @param said what they said before
 * @param text what they say now
 * @param at ms since the epoch
 */
export const notesWith = (
  standing: string | null,
  said: string | null,
  text: string | null,
  at: number,
): string | null => {
  if (standing === null || standing === said) return text
  if (text === null || holds(standing, text)) return standing
  const moment = new Date(at).toISOString().slice(0, -1)
  return replacePart(standing, said ?? '', text) ?? standing + marker(moment) + text
}
