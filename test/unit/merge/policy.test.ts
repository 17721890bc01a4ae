import { expect } from 'chai'
import type { z } from 'zod'
import * as records from '../../../sync/contract/records.ts'
import {
  deleteAgainstChange,
  editRefusal,
  fieldsOf,
  policyOf,
  recordTypes,
  type RecordType,
} from '../../../sync/merge/policy.ts'
import { layoutOf } from '../../../sync/merge/layout.ts'
import { treatment } from './merging.ts'

const shapes: Record<RecordType, z.ZodObject> = {
  appointment: records.appointment,
  treatment: records.treatment,
  payment: records.payment,
  client: records.client,
  animal: records.animal,
  document: records.document,
  treatmentCode: records.treatmentCode,
}
const codeOf = (type: RecordType, fields: Record<string, unknown>, field: string, to: unknown) =>
  editRefusal(type, fields, { [field]: { from: 'was', to } })?.code ?? null

describe('the policy table', () => {
  for (const type of recordTypes) {
    it(`has a policy for every field of a ${type}, and for no other`, () => {
      expect(Object.keys(fieldsOf(type)).sort()).to.deep.equal(Object.keys(shapes[type].shape).sort())
    })

    it(`gives no unit of a ${type} the name of a field`, () => {
      for (const slot of layoutOf(type).slots.values()) {
        if (slot.unit) expect(policyOf(type, slot.key)).to.equal(null)
      }
    })
  }

  it('does not take the properties of objects for fields', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(policyOf('animal', name)).to.equal(null)
      expect(codeOf('animal', {}, name, 1)).to.equal('UNKNOWN_FIELD')
    }
  })

  it('lets a change stand against a deletion of clinical records, and not of list entries', () => {
    expect(deleteAgainstChange('treatment')).to.equal('change')
    expect(deleteAgainstChange('animal')).to.equal('change')
    expect(deleteAgainstChange('treatmentCode')).to.equal('delete')
  })
})

describe('an edit is refused', () => {
  it('when it changes a payment, and says how to reverse', () => {
    const refusal = editRefusal('payment', { amount: 500 }, { amount: { from: 500, to: 600 } })
    expect(refusal).to.include({ code: 'APPEND_ONLY', path: 'changes.amount' })
    expect(refusal?.message).to.contain('reversalOf')
  })

  it('when it changes an invoiced treatment, but not when it voids it', () => {
    const { fields } = treatment({ invoiceId: 'invoice-1' })
    expect(codeOf('treatment', fields, 'quantity', '2')).to.equal('INVOICED')
    expect(codeOf('treatment', fields, 'notes', 'x')).to.equal('INVOICED')
    expect(codeOf('treatment', fields, 'voided', { at: 'now' })).to.equal(null)
    expect(codeOf('treatment', treatment().fields, 'quantity', '2')).to.equal(null)
  })

  it('when it changes a fixed or served field, or takes back a void', () => {
    expect(codeOf('treatment', treatment().fields, 'animalId', 'tom')).to.equal('FIELD_FIXED')
    expect(codeOf('document', {}, 'sha256', 'x')).to.equal('FIELD_FIXED')
    expect(codeOf('animal', {}, 'modifiedAt', 'x')).to.equal('FIELD_FIXED')
    expect(codeOf('treatment', treatment({ voided: { at: 'now' } }).fields, 'voided', null)).to.equal(
      'FIELD_FIXED',
    )
  })

  it('when the type has no such field', () => {
    expect(codeOf('animal', {}, 'wings', 2)).to.equal('UNKNOWN_FIELD')
  })

  it('never for saying again what is there, or what the user did not change', () => {
    expect(codeOf('treatment', treatment({ invoiceId: 'i' }).fields, 'quantity', '1')).to.equal(null)
    expect(editRefusal('payment', { amount: 1 }, { amount: { from: 2, to: 2 } })).to.equal(null)
  })
})
