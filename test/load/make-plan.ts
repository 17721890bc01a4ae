/** `npm run load:plan`: writes vetspace.jmx anew from the contract and the steps. */
import { writeFile } from 'node:fs/promises'
import { plan } from './plan.ts'

await writeFile(new URL('vetspace.jmx', import.meta.url), plan())
