/** What an import says at its end. Pure. */
import path from 'node:path'
import { count, duration } from './progress.ts'
import type { FileReport, ImportReport } from './run.ts'

const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`

const fileLine = ({ file, rows, imported, updated, present, refused }: FileReport): string =>
  `${path.basename(file)}: ${counted(rows, 'row')} read, ${count(imported)} imported, ${count(updated)} updated, ` +
  `${count(present)} already there, ${count(refused)} refused`

/** The account of every row, the rate, and where the refused ones are. */
export const summary = (
  report: ImportReport,
  measured: { seconds: number; peakBytes: number; rejects: string },
): string => {
  const rows = report.files.reduce((sum, file) => sum + file.rows, 0)
  const refused = report.files.reduce((sum, file) => sum + file.refused, 0)
  const { seconds, peakBytes } = measured
  const rate = `${count(rows / Math.max(seconds, 0.001))} rows/s`
  const lines = [
    ...report.files.map(fileLine),
    `${counted(rows, 'row')} in ${seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds)} (${rate}), ` +
      `peak memory ${count(peakBytes / 1e6)} MB; the indexes are ready`,
    `${counted(refused, 'row')} refused${refused > 0 ? `: ${measured.rejects}` : ''}`,
  ]
  if (report.stopped) lines.push('Stopped before the end. Run the same command again to go on.')
  return lines.join('\n')
}
