import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bytes } from '../../src/encoding/bytes.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyIdentifier,
  mintCertificate,
  subjectKeyIdentifier,
} from '../support/mint/mint.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  addIntermediate,
  issueCertificate,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  validAround,
} from '../support/worker/partners.ts'
import {
  evidenceIn,
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

// Some terminators forward only the leaf: the intermediate CA is then stored in the client's trust anchor set.
const issued = '200 ok token_issued'
const refused = '401 invalid_client certificate_path'

let db: D1Database
let authority: Authority
let bare: PartnerCertificate
let worker: TestDeployment

beforeEach(async () => {
  db = await freshDatabase()
  authority = await mintAuthority('Acme CA', now)
  bare = { ...(await issueCertificate(authority, now)), chain: [] }
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  worker = startDeployment()
})

const ask = (presented: PartnerCertificate = bare) =>
  worker.token({ grant_type: 'client_credentials', client_id: 'acme' }, { presented })

const reasonOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  (evidenceIn(answer) as { path?: { reason?: string } }).path?.reason

/** The issuing CA with a new certificate that has these changes. */
async function reissued(change: { notAfter?: number; fresh?: boolean }): Promise<Bytes> {
  const { root, intermediate } = authority
  const keys = change.fresh ? root.keys : intermediate.keys
  return mintCertificate({
    subject: intermediate.name,
    issuer: root.name,
    ...{ ...validAround(now), ...change },
    publicKey: keys,
    signWith: root.keys,
    extensions: [
      basicConstraints({ cA: true }),
      subjectKeyIdentifier(await keyIdentifier(intermediate.keys.spki)),
      authorityKeyIdentifier(await keyIdentifier(root.keys.spki)),
    ],
  })
}

describe('a leaf without a chain', () => {
  it('is refused if no intermediate leads to a trust anchor', async () => {
    const answer = await ask()
    expect(outcome(answer)).toBe(refused)
    expect(reasonOf(answer)).toBe('unknown_issuer')
  })

  it('is accepted with the intermediate that is stored in the set', async () => {
    await addIntermediate(db, 'acme-ca', authority.intermediate.der)
    expect(outcome(await ask())).toBe(issued)
  })

  it('is refused if the intermediate is stored in another set', async () => {
    await addAnchors(db, 'other-ca', authority.root.der)
    await addIntermediate(db, 'other-ca', authority.intermediate.der)
    expect(outcome(await ask())).toBe(refused)
  })

  it('is refused if the intermediate has expired', async () => {
    await addIntermediate(db, 'acme-ca', await reissued({ notAfter: now - 1 }))
    const answer = await ask()
    expect(outcome(answer)).toBe(refused)
    expect(reasonOf(answer)).toBe('expired')
  })

  it('is refused if no anchor issued the intermediate, which is not an anchor itself', async () => {
    await addIntermediate(db, 'acme-ca', authority.intermediate.der)
    const other = await mintAuthority('Other CA', now)
    await addAnchors(db, 'none-of-its', other.root.der)
    await addIntermediate(db, 'none-of-its', authority.intermediate.der)
    await db.prepare("UPDATE clients SET trust_anchor_set = 'none-of-its'").run()
    expect(outcome(await ask())).toBe(refused)
    await db.prepare("UPDATE clients SET trust_anchor_set = 'acme-ca'").run()
    worker.now += 31
    expect(outcome(await ask())).toBe(issued)
  })
})

describe('an intermediate that is removed', () => {
  beforeEach(() => addIntermediate(db, 'acme-ca', authority.intermediate.der))

  it('is not used after the client was read again', async () => {
    expect(outcome(await ask())).toBe(issued)
    await db.prepare('DELETE FROM trust_set_intermediates').run()
    worker.now += 29
    expect(outcome(await ask())).toBe(issued)
    worker.now += 2
    expect(outcome(await ask())).toBe(refused)
    await addIntermediate(db, 'acme-ca', authority.intermediate.der)
    worker.now += 31
    expect(outcome(await ask())).toBe(issued)
  })

  it('that is not removed keeps the verification in the cache', async () => {
    expect(outcome(await ask())).toBe(issued)
    const verify = vi.spyOn(crypto.subtle, 'verify')
    worker.now += 31
    expect(outcome(await ask())).toBe(issued)
    expect(verify).not.toHaveBeenCalled()
    verify.mockRestore()
  })
})

describe('stored and presented together', () => {
  it('one certificate in both places counts once', async () => {
    await addIntermediate(db, 'acme-ca', authority.intermediate.der)
    expect(outcome(await ask({ ...bare, chain: [authority.intermediate.der] }))).toBe(issued)
  })

  it('an expired stored one does not block the presented one', async () => {
    await addIntermediate(db, 'acme-ca', await reissued({ notAfter: now - 1 }))
    await addIntermediate(db, 'acme-ca', await reissued({ fresh: true }))
    expect(outcome(await ask({ ...bare, chain: [authority.intermediate.der] }))).toBe(issued)
  })
})
