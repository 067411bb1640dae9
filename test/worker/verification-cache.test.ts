import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { freshDatabase } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  issueCertificate,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  remove,
  setEnabled,
} from '../support/worker/partners.ts'
import {
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const issued = '200 ok token_issued'
const refused = (code: string) => `401 invalid_client ${code}`

let db: D1Database
let authority: Authority
let acme: PartnerCertificate
let worker: TestDeployment

beforeEach(async () => {
  db = await freshDatabase()
  authority = await mintAuthority('Acme CA', now)
  acme = await issueCertificate(authority, now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  worker = startDeployment()
  expect(await ask()).toBe(issued)
})

const ask = async (presented = acme): Promise<string> =>
  outcome(
    await worker.token({ grant_type: 'client_credentials', client_id: 'acme' }, { presented }),
  )

describe('a verification is cached', () => {
  it('so that no signature is verified again', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    expect(await ask()).toBe(issued)
    expect(verify).not.toHaveBeenCalled()
    // The twin: another certificate of the same partner is verified.
    expect(await ask(await issueCertificate(authority, now))).toBe(issued)
    expect(verify).toHaveBeenCalled()
    verify.mockRestore()
  })

  it('also after the client was read again, if its row is the same', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    worker.now += 31
    expect(await ask()).toBe(issued)
    expect(verify).not.toHaveBeenCalled()
    verify.mockRestore()
  })
})

describe('a cached verification is not used', () => {
  it('when the certificate expires', async () => {
    worker.now = now + 30 * 86_400
    expect(await ask()).toMatch(/certificate_expiring$/)
    worker.now += 1
    expect(await ask()).toBe(refused('certificate_path'))
  })

  it('with another chain', async () => {
    expect(await ask({ ...acme, chain: [] })).toBe(refused('certificate_path'))
    expect(await ask()).toBe(issued)
  })

  it('when the client is disabled', async () => {
    await setEnabled(db, 'acme', false)
    worker.now += 31
    expect(await ask()).toBe(refused('client_disabled'))
  })

  it('when its CA is no longer trusted', async () => {
    const other = await mintAuthority('Acme CA', now)
    await addAnchors(db, 'next-ca', other.root.der)
    await db.prepare("UPDATE clients SET trust_anchor_set = 'next-ca', version = 2").run()
    worker.now += 31
    expect(await ask()).toBe(refused('certificate_path'))
  })

  it('when the anchors in its set change', async () => {
    await db.prepare('DELETE FROM trust_anchors').run()
    worker.now += 31
    expect(await ask()).toBe(refused('certificate_path'))
  })

  it('when the client_id is registered again for another partner, with any version', async () => {
    await remove(db, 'acme')
    await register(db, { ...pkiClient, tls_client_auth_subject_dn: 'CN=other,O=Acme' })
    worker.now += 31
    expect(await ask()).toBe(refused('subject_mismatch'))
  })

  it('for another client', async () => {
    await register(db, {
      ...pkiClient,
      client_id: 'other',
      tls_client_auth_subject_dn: 'CN=other,O=Acme',
    })
    const form = { grant_type: 'client_credentials', client_id: 'other' }
    expect(outcome(await worker.token(form, { presented: acme }))).toBe(refused('subject_mismatch'))
  })
})
