/** Which column of a file is which field: by options, and where there are none by the names in common use. Pure. */
import { ImportError } from './errors.ts'

/** What an import reads. */
export type ImportKind = 'animals' | 'prices'

/** The fields a column can be mapped to, with the names that columns of them go by, best first. */
export const fieldsOf = {
  animals: {
    id: ['licencenumber', 'licensenumber', 'animalid', 'patientid', 'petid', 'externalid'],
    name: ['animalsname', 'animalname', 'petname', 'patientname', 'animal', 'pet', 'patient'],
    species: ['animalspecies', 'speciesname'],
    breed: ['primarybreed', 'breedname'],
    secondaryBreed: ['crossbreed', 'breed2'],
    sex: ['gender'],
    colour: ['color'],
    dateOfBirth: ['dob', 'birthdate', 'born'],
    weightGrams: ['weightg'],
    weightKg: ['weightkilograms', 'weightinkg'],
    microchip: ['microchipnumber', 'microchipno', 'chipnumber'],
    allergies: ['allergy'],
    alerts: ['alert', 'warnings'],
    notes: ['comments', 'remarks'],
    deceasedAt: ['deceased', 'dateofdeath', 'datedeceased'],
    ownerId: ['clientid', 'clientnumber', 'ownernumber', 'accountnumber'],
    ownerTitle: ['clienttitle', 'title'],
    ownerFirstName: ['clientfirstname', 'firstname', 'forename'],
    ownerLastName: ['clientlastname', 'lastname', 'surname', 'ownersurname', 'clientsurname'],
    ownerPhone: ['phone', 'telephone', 'clientphone', 'ownertelephone', 'phonenumber'],
    ownerMobile: ['mobile', 'mobilephone', 'clientmobile'],
    ownerEmail: ['email', 'clientemail', 'emailaddress'],
    ownerAddressLine1: ['address', 'addressline1', 'address1', 'owneraddress', 'street'],
    ownerAddressLine2: ['addressline2', 'address2'],
    ownerCity: ['city', 'town'],
    ownerCounty: ['county', 'state'],
    ownerPostcode: ['postcode', 'zipcode', 'zip', 'postalcode'],
    ownerCountry: ['country'],
  },
  prices: {
    code: ['treatmentcode', 'productcode', 'itemcode'],
    name: ['description', 'productname', 'treatment', 'product'],
    kind: ['type', 'category', 'group'],
    unitPrice: ['price', 'sellingprice'],
    fixedPrice: ['fee', 'fixedfee'],
    vatRate: ['vatpercent', 'vatpercentage', 'taxrate'],
    active: [],
    sellingUnit: ['unit', 'unitofsale'],
    drugSchedule: ['schedule', 'legalcategory'],
  },
} as const satisfies Record<ImportKind, Record<string, readonly string[]>>

/** A field of the kind's. */
export type FieldName<K extends ImportKind> = keyof (typeof fieldsOf)[K] & string

/** A row's values by field, trimmed; empty ones are not there. */
export type Fields<K extends ImportKind> = Partial<Record<FieldName<K>, string>>

const required: Record<ImportKind, readonly string[]> = {
  animals: ['species', 'name'],
  prices: ['code', 'name', 'kind', 'unitPrice'],
}

/** What options say of columns: field → header, '' for a field that is to be left out. */
export type ColumnOptions = ReadonlyMap<string, string>

/** One mapped column: a field, and its place in a row. */
export interface Column<F extends string = string> {
  field: F
  at: number
}

const plain = (header: string): string => header.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

/** The names of a kind's fields. */
export const fieldNames = <K extends ImportKind>(kind: K): FieldName<K>[] =>
  Object.keys(fieldsOf[kind]) as FieldName<K>[]

const explicit = (header: readonly string[], field: string, wanted: string): number => {
  const exact = header.filter((name) => name.trim() === wanted.trim())
  const same = exact.length > 0 ? exact : header.filter((name) => plain(name) === plain(wanted))
  const [found] = same
  if (found === undefined)
    throw new ImportError(
      `--column ${field}="${wanted}": the file has no such column. It has ${listed(header)}`,
    )
  if (same.length > 1)
    throw new ImportError(`--column ${field}="${wanted}": ${same.length} columns of the file have that name`)
  return header.indexOf(found)
}

const byName = (header: readonly string[], names: readonly string[], taken: Set<number>): number => {
  for (const name of names) {
    const at = header.findIndex((column, place) => plain(column) === name && !taken.has(place))
    if (at >= 0) return at
  }
  return -1
}

/**
 * Maps a file's columns. A column named by an option belongs to that field alone; the others go by their names.
 * @throws ImportError naming what there is, where an option names a field or a column that is not there
 */
export const mapColumns = <K extends ImportKind>(
  kind: K,
  header: readonly string[],
  options: ColumnOptions,
): Column<FieldName<K>>[] => {
  const fields = fieldNames(kind)
  for (const field of options.keys())
    if (!fields.includes(field as FieldName<K>))
      throw new ImportError(`--column ${field}: there is no such field. There are ${fields.join(', ')}`)
  const columns: Column<FieldName<K>>[] = []
  const taken = new Set<number>()
  const take = (field: FieldName<K>, at: number): void => {
    taken.add(at)
    columns.push({ field, at })
  }
  for (const field of fields) {
    const wanted = options.get(field)
    if (wanted) take(field, explicit(header, field, wanted))
  }
  const names: Record<string, readonly string[]> = fieldsOf[kind]
  for (const field of fields) {
    if (options.has(field)) continue
    const at = byName(header, [field.toLowerCase(), ...(names[field] ?? [])], taken)
    if (at >= 0) take(field, at)
  }
  requireColumns(kind, header, columns)
  return columns
}

/** A price list needs all its required columns; animals need one thing that tells what they are. */
const requireColumns = (kind: ImportKind, header: readonly string[], columns: readonly Column[]): void => {
  const missing = required[kind].filter((field) => !columns.some((column) => column.field === field))
  if (missing.length === 0 || (kind === 'animals' && missing.length < required[kind].length)) return
  throw new ImportError(
    `No column is known as ${missing.join(', ')}. Say which it is: --column ${missing[0] ?? ''}="…". The file has ${listed(header)}`,
  )
}

/** The values of a row by field. */
export const fieldsIn = <K extends ImportKind>(
  columns: readonly Column<FieldName<K>>[],
  cells: readonly string[],
): Fields<K> => {
  const fields: Fields<K> = {}
  for (const { field, at } of columns) {
    const value = (cells[at] ?? '').trim()
    if (value !== '') fields[field] = value
  }
  return fields
}

/** What goes where, for the person who has to see whether it is right. */
export const describeColumns = (header: readonly string[], columns: readonly Column[]): string => {
  const mapped = columns.map(({ field, at }) => `${field} ← "${header[at] ?? ''}"`)
  const rest = header.filter((_, place) => !columns.some((column) => column.at === place))
  return mapped.join(', ') + (rest.length > 0 ? `; not read: ${listed(rest)}` : '')
}
