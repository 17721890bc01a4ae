/** A price list's row as a treatment code: pure. */
import type { z } from 'zod'
import { treatmentCodeData } from '../../sync/contract/records.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import { formerWith, rateFields } from '../../sync/write/rates.ts'
import type { ImportSettings, PriceRow } from './batch.ts'
import { RowRefused } from './errors.ts'
import { newRecord, validated, type Stamp } from './records.ts'
import { minorUnitPlaces, minorUnits, percent, yesOrNo } from './values.ts'

/** The settings that a price list's rows depend on. */
export type PriceSettings = Pick<ImportSettings, 'currency' | 'vatRate'>

type CodeData = z.output<typeof treatmentCodeData>

/** The fields that a price list decides; `active` only where it has such a column. */
const listed = [
  'name',
  'kind',
  'unitPrice',
  'fixedPrice',
  'currency',
  'vatRate',
  'sellingUnit',
  'drugSchedule',
] as const

/** What one row says of its treatment code. @throws RowRefused */
export const codeData = ({ fields }: PriceRow, { currency, vatRate: usual }: PriceSettings): CodeData => {
  const { unitPrice, fixedPrice, code, name, kind, vatRate, active } = fields
  if (!code || !name || !kind) {
    const missing = (['code', 'name', 'kind'] as const).filter((field) => !fields[field])
    throw new RowRefused(missing.map((field) => `${field}: it is empty`).join('; '))
  }
  // An empty fixed price is none; no price at all is not free of charge, it is a gap in the list.
  if (unitPrice === undefined && fixedPrice === undefined)
    throw new RowRefused('unitPrice: there is no price')
  const places = minorUnitPlaces(currency)
  return validated(treatmentCodeData, {
    code,
    name,
    kind,
    unitPrice: minorUnits('unitPrice', unitPrice ?? '0', places),
    fixedPrice: minorUnits('fixedPrice', fixedPrice ?? '0', places),
    currency,
    vatRate: vatRate === undefined ? usual : percent('vatRate', vatRate),
    active: active === undefined ? true : yesOrNo('active', active),
    sellingUnit: fields.sellingUnit ?? null,
    drugSchedule: fields.drugSchedule ?? null,
  })
}

/** The treatment code of one row, for the whole group. @throws RowRefused */
export const codeDoc = (row: PriceRow, settings: PriceSettings, stamp: Stamp): NewRecordDoc => {
  const data = codeData(row, settings)
  return newRecord('treatmentCode', data.code, stamp, { ...data, siteIds: [] })
}

const isRate = (field: string): boolean => rateFields.some((rate) => rate === field)

/** The stored code as the list now has it, or undefined where nothing changes. */
export const updatedCode = (
  stored: StoredDoc,
  listing: NewRecordDoc,
  { fields }: PriceRow,
): StoredDoc | undefined => {
  const decided = fields.active === undefined ? listed : [...listed, 'active']
  const changes = decided.filter((field) => stored[field] !== listing[field])
  if (changes.length === 0) return undefined
  const changed = Object.fromEntries(changes.map((field) => [field, listing[field]]))
  const at = String(listing['modifiedAt'])
  const former = changes.some(isRate) ? { formerRates: formerWith(stored, at) } : {}
  return { ...stored, ...changed, ...former, modifiedAt: at }
}
