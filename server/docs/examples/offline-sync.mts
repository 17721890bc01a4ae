const url = process.env['VETSPACE_URL'] ?? 'http://127.0.0.1:3000'

async function post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}
const key = { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-app-key' }
const { token: ApiToken } = await post<{ token: string }>('/v2/authentication/login', key)
const user = { username: 'amelia.vet', password: 'Demo-Practice-2026' }
const signedIn = await post<{ userToken: string }>('/v2/authentication/verifyUser', user, { ApiToken })
const headers = { ApiToken, ApiUserToken: signedIn.userToken }
const deviceId = 'phone-of-amelia'

interface Pull {
  documents: { id: string; _deleted: boolean }[]
  checkpoint: { token: string }
}
/** Brings a collection up to date: the device's records by id, and where the next pull goes on. */
const pull = async (
  collection: string,
  records = new Map<string, object>(),
  from: Pull['checkpoint'] | null = null,
) => {
  for (let checkpoint = from; ;) {
    const body = { deviceId, collection, checkpoint, limit: 20 }
    const page = await post<Pull>('/v2/mobile/sync/pull', body, headers)
    for (const document of page.documents)
      if (document._deleted) records.delete(document.id)
      else records.set(document.id, document)
    checkpoint = page.checkpoint // kept together with the records, never before them
    if (page.documents.length < 20) return { records, checkpoint }
  }
}
const animals = await pull('animals')
console.log(`${animals.records.size > 20}: more than one page of animals`)

// What the vet did without a signal: a treatment of the first of them. Its id is made on the device.
const [animalId] = animals.records.keys()
const doneAt = new Date().toISOString()
const batch = {
  deviceId,
  batchId: crypto.randomUUID(),
  sentAt: new Date().toISOString(),
  items: [
    {
      clientItemId: crypto.randomUUID(),
      editedAt: doneAt,
      data: { animalId, code: 'CONS', quantity: '1', treatedAt: doneAt },
    },
  ],
}
interface Results {
  results: { outcome: string; errors?: { message: string }[] }[]
}
for (const attempt of ['first', 'again'] as const) {
  // No answer? The same batch again changes nothing.
  const { results } = await post<Results>('/v2/mobile/uploadTreatmentItems', batch, headers)
  for (const { outcome, errors = [] } of results)
    console.log(outcome, ...(attempt === 'first' ? errors.map(({ message }) => message) : []))
}
