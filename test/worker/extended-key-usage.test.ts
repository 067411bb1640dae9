import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { extKeyUsage, keyUsage } from '../support/mint/mint.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  mintAuthority,
  oddCertificate,
  pkiClient,
  register,
} from '../support/worker/partners.ts'
import { startOfTime as now, outcome, startDeployment } from '../support/worker/start-deployment.ts'

let authority: Authority
beforeAll(async () => {
  authority = await mintAuthority('Acme CA', now)
})
beforeEach(async () => {
  const db = await freshDatabase()
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
})

const usages = {
  clientAuth: [extKeyUsage(['clientAuth'])],
  absent: [],
  any: [extKeyUsage(['2.5.29.37.0'])],
  serverAuth: [extKeyUsage(['serverAuth'])],
}

/** Which leaves get a token if the set accepts these usages; null is the default of a new set. */
async function accepted(setting: readonly string[] | null): Promise<string[]> {
  if (setting !== null) {
    const set = env.DB.prepare('UPDATE trust_anchor_sets SET extended_key_usage = ?1')
    await set.bind(JSON.stringify(setting)).run()
  }
  const worker = startDeployment()
  const issued: string[] = []
  for (const [name, usage] of Object.entries(usages)) {
    const extensions = [keyUsage(['digitalSignature']), ...usage]
    const presented = await oddCertificate(authority, now, { extensions })
    const form = { grant_type: 'client_credentials', client_id: 'acme' }
    if (outcome(await worker.token(form, { presented })) === '200 ok token_issued')
      issued.push(name)
  }
  return issued
}

it.each<[setting: readonly string[] | null, issued: string[]]>([
  [null, ['clientAuth', 'absent', 'any']],
  [[], ['clientAuth']],
  [['absent'], ['clientAuth', 'absent']],
  [['any'], ['clientAuth', 'any']],
  [['serverAuth'], ['clientAuth', 'serverAuth']],
])('a set that accepts %j as clientAuth', async (setting, issued) => {
  expect(await accepted(setting)).toEqual(issued)
})
