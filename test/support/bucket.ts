/** A bucket on an S3 server of this process (s3rver). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import S3rver from 's3rver'

export interface TestBucket extends AsyncDisposable {
  /** As the setting `S3_URL` takes it. */
  url: string
  keys(): Promise<string[]>
  empty(): Promise<void>
}

const name = 'vetspace-test'
/** The server's own, fixed. */
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

export const startBucket = async (): Promise<TestBucket> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-bucket-'))
  const server = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory },
    configureBuckets: [{ name }],
  })
  const { port } = await server.run()
  const endpoint = `http://127.0.0.1:${port}`
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials })
  const keys = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: name }))
      for (const { Key } of Contents) if (Key !== undefined) found.push(Key)
    return found
  }
  return {
    url: `http://S3RVER:S3RVER@127.0.0.1:${port}/${name}`,
    keys,
    async empty() {
      for (const Key of await keys()) await client.send(new DeleteObjectCommand({ Bucket: name, Key }))
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
