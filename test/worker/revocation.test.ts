import type { D1Database } from '@cloudflare/workers-types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseCertificate } from '../../src/x509/index.ts'
import { crlDistributionPoints } from '../support/mint/mint.ts'
import { crlOf, offer, offerClean, setRevocation } from '../support/worker/crls.ts'
import { freshDatabase, unreliable } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  issueCertificate,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
} from '../support/worker/partners.ts'
import {
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const issued = '200 ok token_issued'
const refused = '401 invalid_client certificate_path'
const serial = 0x5eed
const url = 'http://crl.acme.example/issuing.crl'

let db: D1Database
let authority: Authority
let acme: PartnerCertificate
let worker: TestDeployment

beforeEach(async () => {
  db = await freshDatabase()
  authority = await mintAuthority('Acme CA', now)
  const points = crlDistributionPoints([{ names: [{ uri: url }] }])
  acme = await issueCertificate(authority, now, { serial, more: [points] })
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  worker = startDeployment()
})
afterEach(() => void vi.unstubAllGlobals())

const form = { grant_type: 'client_credentials', client_id: 'acme' }
const answer = (deployment = worker) => deployment.token(form, { presented: acme })
const ask = async (deployment = worker) => outcome(await answer(deployment))
const why = async () => {
  const { evidence } = (await answer()).line
  return (evidence as { path: unknown }).path
}

const revoked = (number: number, time = now) =>
  crlOf(authority.intermediate, time, { number, entries: [{ serial, reasonCode: 1 }] })

describe('a partner', () => {
  it('is refused within CLIENT_MEMORY after its revocation', async () => {
    await setRevocation(db, 'acme-ca', 'require')
    await offerClean(db, 'acme-ca', authority, now)
    expect(await ask()).toBe(issued)
    expect(await offer(db, 'acme-ca', await revoked(2), now)).toBe('stored')
    worker.now += 31
    expect(await ask()).toBe(refused)
    expect(await why()).toMatchObject({ reason: 'revoked', reasonCode: 1 })
  })

  it('is not checked if the policy of the set is off', async () => {
    await offerClean(db, 'acme-ca', authority, now)
    await offer(db, 'acme-ca', await revoked(2), now)
    expect(await ask()).toBe(issued)
  })

  it('of a revoked CA is refused', async () => {
    await setRevocation(db, 'acme-ca', 'if-available')
    const parsed = parseCertificate(authority.intermediate.der)
    const revokedCa = parsed.ok ? BigInt(`0x${parsed.certificate.serialNumber}`) : 0n
    const crl = await crlOf(authority.root, now, { entries: [{ serial: revokedCa }] })
    expect(await offer(db, 'acme-ca', crl, now)).toBe('stored')
    expect(await why()).toMatchObject({ reason: 'revoked', certificate: { depth: 1 } })
  })
})

describe('without a current CRL', () => {
  it.each([
    ['off', issued],
    ['if-available', issued],
    ['require', refused],
  ] as const)('%s', async (policy, expected) => {
    await setRevocation(db, 'acme-ca', policy)
    expect(await ask()).toBe(expected)
  })

  it.each([
    ['if-available', issued],
    ['require', refused],
  ] as const)('%s, with a stale CRL', async (policy, expected) => {
    await setRevocation(db, 'acme-ca', policy)
    await offerClean(db, 'acme-ca', authority, now)
    worker.now = now + 3601
    expect(await ask()).toBe(expected)
    if (policy === 'require')
      expect(await why()).toMatchObject({ reason: 'revocation_unknown', why: 'stale' })
  })
})

describe('a cached verification', () => {
  it('ends at nextUpdate, and so does the token', async () => {
    await setRevocation(db, 'acme-ca', 'require')
    await offerClean(db, 'acme-ca', authority, now)
    worker.now = now + 3500
    expect((await answer()).json.expires_in).toBe(100)
    worker.now = now + 3601
    expect(await ask()).toBe(refused)
  })

  it('does not read storage', async () => {
    const d1 = unreliable(db)
    const warm = startDeployment({ DB: d1.db })
    await setRevocation(db, 'acme-ca', 'require')
    await offerClean(db, 'acme-ca', authority, now)
    expect(await ask(warm)).toBe(issued)
    const { asked } = d1
    expect(await ask(warm)).toBe(issued)
    expect(d1.asked).toBe(asked)
  })

  it('needs one shard of a long CRL, and its header once in an isolate', async () => {
    const d1 = unreliable(db)
    const cold = startDeployment({ DB: d1.db })
    await setRevocation(db, 'acme-ca', 'require')
    await offerClean(db, 'acme-ca', authority, now)
    const entries = Array.from({ length: 30_000 }, (_, i) => ({ serial: serial + 1 + i }))
    const long = await crlOf(authority.intermediate, now, { number: 2, entries })
    expect(await offer(db, 'acme-ca', long, now)).toBe('stored')
    const count = db.prepare('SELECT count(DISTINCT number) AS n FROM crl_shards')
    expect(await count.first('n')).toBeGreaterThan(3)
    const points = crlDistributionPoints([{ names: [{ uri: url }] }])
    const issue = (change: object) =>
      issueCertificate(authority, now, { more: [points], ...change })
    expect(await ask(cold)).toBe(issued)
    const askedFor = async (presented: PartnerCertificate) => {
      const before = d1.asked
      return [outcome(await cold.token(form, { presented })), d1.asked - before]
    }
    expect(await askedFor(await issue({ serial: serial + 15_000 }))).toEqual([refused, 1])
    expect(await askedFor(await issue({ serial: serial + 40_000 }))).toEqual([issued, 1])
  })

  it('is not made if the header of a CRL was changed: 503', async () => {
    await setRevocation(db, 'acme-ca', 'if-available')
    await offerClean(db, 'acme-ca', authority, now)
    await db.prepare("UPDATE crl_lists SET header = '{}'").run()
    expect(await ask()).toBe('503 temporarily_unavailable store_unavailable')
  })

  it('is not made if a shard of a CRL is missing: 503', async () => {
    await setRevocation(db, 'acme-ca', 'if-available')
    await offerClean(db, 'acme-ca', authority, now)
    await offer(db, 'acme-ca', await revoked(2), now)
    await db.prepare('DELETE FROM crl_shards').run()
    expect(await ask()).toBe('503 temporarily_unavailable store_unavailable')
  })
})

describe('the scheduled work', () => {
  const sources = async () =>
    (await db.prepare('SELECT url, origin, fetched_at, error FROM crl_sources').all()).results
  const codes = () => worker.lines.map(({ code }) => code).filter((code) => code.startsWith('crl'))
  const serve = (crl: Uint8Array<ArrayBuffer> | null) =>
    vi.stubGlobal('fetch', async () => new Response(crl, { status: crl === null ? 404 : 200 }))
  const allow = () =>
    db.prepare(`UPDATE trust_anchor_sets SET crl_hosts = '["crl.acme.example"]'`).run()

  beforeEach(async () => {
    await setRevocation(db, 'acme-ca', 'require')
    await offer(db, 'acme-ca', await crlOf(authority.root, now), now)
  })

  it('fetches the CRL that a verified certificate names', async () => {
    await allow()
    serve(await crlOf(authority.intermediate, now))
    expect(await why()).toMatchObject({ reason: 'revocation_unknown', why: 'no_list' })
    await worker.maintain()
    expect(codes()).toEqual(['crl_stored'])
    expect(await sources()).toEqual([{ url, origin: 'certificate', fetched_at: now, error: null }])
    worker.now += 31
    expect(await ask()).toBe(issued)
    // It fetches again after an hour, not before.
    await worker.maintain()
    expect(codes()).toEqual(['crl_stored'])
    serve(await revoked(2, now + 3600))
    worker.now = now + 3600
    await worker.maintain()
    expect(codes()).toEqual(['crl_stored', 'crl_stored'])
  })

  it('fetches once if two Workers run at the same time', async () => {
    await allow()
    await ask()
    const crl = await crlOf(authority.intermediate, now)
    const fetched = vi.fn(async () => new Response(crl))
    vi.stubGlobal('fetch', fetched)
    const other = startDeployment()
    await Promise.all([worker.maintain(), other.maintain()])
    expect(fetched).toHaveBeenCalledOnce()
  })

  it('records an error, and keeps the CRL in force', async () => {
    await allow()
    serve(null)
    await ask()
    await worker.maintain()
    expect(codes()).toEqual(['crl_refresh_failed'])
    expect(await sources()).toMatchObject([{ fetched_at: null, error: 'status status=404' }])
  })

  it('sends no request to a host that the operator has not allowed', async () => {
    serve(await crlOf(authority.intermediate, now))
    await ask()
    expect(await sources()).toEqual([])
    await worker.maintain()
    expect(codes()).toEqual([])
    // The twin: once the host is allowed, the same isolate stores the URL.
    await allow()
    await setRevocation(db, 'acme-ca', 'require')
    worker.now += 31
    await ask()
    expect(await sources()).toMatchObject([{ url }])
  })
})
