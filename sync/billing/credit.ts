/**
 * Credit notes: an invoiced treatment that is voided is taken back by a linked credit note of its own (I5). The void is
 * the commit; the credit note follows from it, under an id that comes of the treatment's, so that it is made once by
 * whoever comes first. The treatment's document remembers it last, and until then the index lists the treatment
 * (`treatment.uncredited`).
 */
import { hashUuid } from '../merge/hash.ts'
import type { Database } from '../store/port.ts'
import { bareId, docId, type RecordDoc } from '../write/document.ts'
import type { Writing } from '../write/revise.ts'
import { finishInvoice, issueInvoice } from './issue.ts'
import { invoiceOfTreatment, oppositeOf } from './lines.ts'

const maxTries = 50

/** Credits treatments that are voided and invoiced; the others are left alone. */
export const creditVoided = async (
  db: Database,
  treatmentIds: readonly string[],
  at: number,
): Promise<void> => {
  const docs = await db.getMany(treatmentIds.map((id) => docId('treatment', id)))
  for (const doc of docs) if (doc) await creditTreatment(db, doc as RecordDoc, { by: null, at })
}

interface Voided {
  reason: string
}

const creditTreatment = async (db: Database, doc: RecordDoc, writing: Writing): Promise<void> => {
  const voided = doc['voided'] as Voided | null | undefined
  const invoiceId = invoiceOfTreatment(doc)
  if (!voided || invoiceId === null || doc.credited !== undefined) return
  const { invoice } = await finishInvoice(db, invoiceId, writing)
  const line = invoice?.lines.find(({ treatmentId }) => treatmentId === bareId(doc._id))
  if (!invoice || !line) return
  const { groupId, siteId, siteIds, clientId, currency } = invoice
  const id = hashUuid(`credit note\n${line.treatmentId}`)
  const order = {
    ...({ groupId, id, kind: 'CREDIT_NOTE', siteId, siteIds, clientId, currency } as const),
    ...{ treatmentIds: [], issuedAt: new Date(writing.at).toISOString() },
    ...{ creditOf: invoiceId, reason: voided.reason, lines: [oppositeOf(line)] },
  }
  await issueInvoice(db, order, writing)
  await remember(db, doc, id, writing.at)
}

const remember = async (db: Database, voided: RecordDoc, credited: string, at: number): Promise<void> => {
  let doc: RecordDoc | undefined = voided
  for (let tries = 0; doc && doc.credited === undefined && tries < maxTries; tries += 1) {
    const [written] = await db.write([{ ...doc, credited, modifiedAt: new Date(at).toISOString() }])
    if (written?.ok) return
    doc = (await db.get(voided._id)) as RecordDoc | undefined
  }
}
