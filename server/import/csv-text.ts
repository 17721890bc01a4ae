/** Text of a CSV file, as csv-parse reads it: pure. */
import { parse } from 'csv-parse/sync'

/** How many quotes stand in a text; a record is whole where they are even. */
export const quotesIn = (text: string): number => {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1
  return count
}

/** The fields of each record; throws where one is not CSV. */
export const parseRecords = (text: string, delimiter: string): string[][] =>
  parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\n'] })

/** The parser's reason without the places, which are those of the framed text. */
export const messageOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/ (at|on) line \d+/g, '').replace(/, (instead )?got .*$/s, '')
}

/** The delimiter that stands most often outside quotes in the first line. */
export const delimiterOf = (header: string): string => {
  const bare = header.replace(/"[^"]*"/g, '')
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: bare.split(mark).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark
}
