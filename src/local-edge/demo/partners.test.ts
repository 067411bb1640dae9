import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applySchema } from '../../local-stores/migrations.ts'
import { type LocalStores, openLocalStores } from '../../local-stores/open-local-stores.ts'
import { demoCertificates } from '../certificates/demo-certificates.ts'
import { dataFiles } from '../data-folder.ts'
import { registerDemoPartners } from './partners.ts'

let folder = ''
let stores: LocalStores

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-register-'))
  stores = await openLocalStores(folder)
  await applySchema(stores.db)
}, 30_000)
afterAll(async () => {
  await stores?.dispose()
  await rm(folder, { recursive: true, force: true })
})

it('registers missing partners, and a renewed certificate of the self-signed partner', async () => {
  const files = dataFiles(folder)
  const now = Math.floor(Date.now() / 1000)
  const clients = async () => {
    const query =
      "SELECT client_id, version, json_array_length(jwks, '$.keys') AS keys FROM clients ORDER BY client_id"
    return (await stores.db.prepare(query).all()).results
  }
  await registerDemoPartners(stores.db, folder, files, await demoCertificates(files, now))
  const registered = await clients()
  expect(registered).toEqual([
    { client_id: 'demo-ca-issued', version: 1, keys: null },
    { client_id: 'demo-self-signed', version: 1, keys: 1 },
  ])
  await registerDemoPartners(stores.db, folder, files, { ca: false, selfSigned: false })
  expect(await clients()).toEqual(registered)
  await rm(files.selfSigned)
  await registerDemoPartners(stores.db, folder, files, await demoCertificates(files, now))
  expect(await clients()).toEqual([
    { client_id: 'demo-ca-issued', version: 1, keys: null },
    { client_id: 'demo-self-signed', version: 2, keys: 2 },
  ])
}, 60_000)
