/** The demo's price list. Prices are in pence. */
import type { NewRecordDoc } from '../../sync/write/document.ts'
import { demoRecord, type DemoStamp } from './records.ts'

type Line = readonly [code: string, name: string, kind: string, unitPrice: number, more?: Partial<Extra>]
interface Extra {
  fixedPrice: number
  sellingUnit: string
  drugSchedule: string
  vatRate: number
}

const lines: readonly Line[] = [
  ['CONS', 'Consultation', 'SERVICE', 4500],
  ['CONSFU', 'Follow-up consultation', 'SERVICE', 3200],
  ['CONSOOH', 'Consultation out of hours', 'SERVICE', 14_500],
  ['VISIT', 'Farm visit', 'SERVICE', 6200],
  ['VISITZ2', 'Visit, zone 2', 'SERVICE', 8400],
  ['NURSE', 'Nurse appointment', 'SERVICE', 1800],
  ['NAIL', 'Nail clipping', 'SERVICE', 1450],
  ['DRESS', 'Dressing change', 'SERVICE', 2600],
  ['VACD', 'Vaccination, dog, booster', 'VACCINE', 5400, { sellingUnit: 'dose' }],
  ['VACC', 'Vaccination, cat, booster', 'VACCINE', 5600, { sellingUnit: 'dose' }],
  ['VACFT', 'Vaccination, horse, influenza and tetanus', 'VACCINE', 6800, { sellingUnit: 'dose' }],
  ['VACBVD', 'Vaccination, cattle, BVD', 'VACCINE', 640, { sellingUnit: 'dose' }],
  ['CHIP', 'Microchip and registration', 'SERVICE', 2400],
  ['PREGD', 'Pregnancy diagnosis, per head', 'SERVICE', 420, { fixedPrice: 3000 }],
  ['TBTEST', 'Tuberculin test, per head', 'SERVICE', 380, { fixedPrice: 4500, vatRate: 0 }],
  ['LAME', 'Lameness examination', 'SERVICE', 9800],
  ['XRAY2', 'Radiographs, two views', 'IMAGING', 16_500],
  ['USS', 'Ultrasound examination', 'IMAGING', 12_500],
  ['BLOODH', 'Blood, haematology', 'LABORATORY', 4900],
  ['BLOODB', 'Blood, biochemistry', 'LABORATORY', 6700],
  ['FWEC', 'Faecal worm egg count', 'LABORATORY', 1950],
  ['DENT', 'Dental rasping, horse', 'SERVICE', 7200],
  ['DENTC', 'Dental scale and polish', 'SURGERY', 24_500],
  ['CASTR', 'Castration, dog', 'SURGERY', 23_000],
  ['SEDH', 'Sedation, horse', 'SERVICE', 5100, { drugSchedule: 'POM-V' }],
  ['MELOX', 'Meloxicam 1.5 mg/ml oral suspension', 'DRUG', 62, { sellingUnit: 'ml', drugSchedule: 'POM-V' }],
  ['PBZ1G', 'Phenylbutazone 1 g sachet', 'DRUG', 95, { sellingUnit: 'sachet', drugSchedule: 'POM-V' }],
  ['AMOX250', 'Amoxicillin 250 mg tablet', 'DRUG', 78, { sellingUnit: 'tablet', drugSchedule: 'POM-V' }],
  [
    'PENST',
    'Penicillin and streptomycin injection',
    'DRUG',
    45,
    { sellingUnit: 'ml', drugSchedule: 'POM-V' },
  ],
  ['KET', 'Ketamine 100 mg/ml', 'DRUG', 320, { sellingUnit: 'ml', drugSchedule: 'CD2' }],
  [
    'WORMH',
    'Wormer, horse, ivermectin paste',
    'DRUG',
    1650,
    { sellingUnit: 'syringe', drugSchedule: 'POM-VPS' },
  ],
  ['FLEAC', 'Spot-on, cat', 'DRUG', 980, { sellingUnit: 'pipette', drugSchedule: 'POM-V', fixedPrice: 250 }],
]

/** What a consultation costs, VAT included. */
export const consultationPrice = 5400

/** The codes as documents; they belong to the whole group. */
export const priceList = (stamp: DemoStamp): NewRecordDoc[] =>
  lines.map(([code, name, kind, unitPrice, more = {}]) =>
    demoRecord('treatmentCode', code, stamp, {
      siteIds: [],
      code,
      name,
      kind,
      unitPrice,
      fixedPrice: more.fixedPrice ?? 0,
      currency: 'GBP',
      vatRate: more.vatRate ?? 2000,
      sellingUnit: more.sellingUnit ?? null,
      drugSchedule: more.drugSchedule ?? null,
      active: true,
    }),
  )
