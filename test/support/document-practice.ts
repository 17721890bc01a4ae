/** A server with two vets and two animals, one of each site, for tests of documents. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { Config } from '../../server/config.ts'
import { DocumentClient, filesOf, type Fields, type SentFile } from './document-client.ts'
import { startServer, type Answer, type TestServer } from './server.ts'
import { metadataText, named, tusRequest } from './tus.ts'

export interface DocumentPractice extends AsyncDisposable {
  server: TestServer
  /** Vet of sites 1 and 2. */
  amelia: DocumentClient
  /** Vet of site 1. */
  ben: DocumentClient
  signIn(username: string): Promise<DocumentClient>
  /** The owner of the animals. */
  clientId: string
  /** The animal of `fields`. */
  animalId: string
  /** An animal of site 2. */
  elsewhere: string
  /** A form's fields, of a new document of an animal of site 1. */
  fields(more?: Fields): Fields
  /** Expects this answer, and that the disk holds what it held before. Returns the paths of its errors. */
  refused(
    send: () => Promise<Pick<Answer, 'status' | 'body'>>,
    status: number,
    code: string,
  ): Promise<string[]>
  /** Expects this answer to a new document of this file, on either road. */
  refusedOnBothRoads(file: SentFile, status: number, code: string): Promise<void>
  /** Expects a new document of this file, and returns the content type that it has. */
  taken(file: SentFile): Promise<unknown>
}

export const openDocumentPractice = async (config: Partial<Config> = {}): Promise<DocumentPractice> => {
  const server = await startServer({ config })
  const amelia = await DocumentClient.signIn(server, 'amelia.vet')
  const ben = await DocumentClient.signIn(server, 'ben.vet')
  const clientId = await amelia.create('uploadClientItems', { lastName: 'Marsh', siteIds: [1, 2] })
  const animal = (name: string, siteIds: number[]) =>
    amelia.create('uploadAnimalItems', { clientId, name, siteIds })
  const animalId = await animal('Bramble', [1])
  const elsewhere = await animal('Tilly', [2])
  const practice: DocumentPractice = {
    ...{ server, amelia, ben, clientId, animalId, elsewhere },
    signIn: (username) => DocumentClient.signIn(server, username),
    fields: (more = {}) => ({
      ...{ clientItemId: randomUUID(), animalId, title: 'X-ray', category: 'Imaging' },
      ...more,
    }),
    async refused(send, status, code) {
      const held = await filesOf(server)
      const answer = await send()
      expect(answer.body).to.include({ status, code })
      expect(answer.status).to.equal(status)
      expect(await filesOf(server)).to.have.members(held)
      return (answer.body['errors'] as { path: string }[]).map(({ path }) => path)
    },
    async refusedOnBothRoads(file, status, code) {
      await practice.refused(() => practice.amelia.upload(practice.fields(), file), status, code)
      const { name = 'x-ray.jpg', type = 'image/jpeg', bytes } = file
      const metadata = metadataText(named(practice.fields(), name, type))
      const headers = { 'Upload-Length': String(bytes.length), 'Upload-Metadata': metadata }
      const body = bytes.length > 0 ? { body: bytes } : {}
      const byTus = () => tusRequest(server, practice.amelia, 'POST', { headers, ...body })
      await practice.refused(byTus, status, code)
    },
    async taken(file) {
      const { status, body } = await practice.amelia.upload(practice.fields(), file)
      expect(status, JSON.stringify(body)).to.equal(201)
      return body['contentType']
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return practice
}
