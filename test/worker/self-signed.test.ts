import type { D1Database } from '@cloudflare/workers-types'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseCertificate, publicKeyToJwk, thumbprint } from '../../src/x509/index.ts'
import { generateKeyPair, subjectAltName } from '../support/mint/mint.ts'
import { freshDatabase } from '../support/worker/database.ts'
import type { Presented } from '../support/worker/edge-cf.ts'
import {
  addAnchors,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  evidenceIn,
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const grant = { grant_type: 'client_credentials' }

let db: D1Database
let acme: PartnerCertificate
let solo: PartnerCertificate
let worker: TestDeployment

beforeAll(async () => {
  db = await freshDatabase()
  const authority = await mintAuthority('Acme CA', now)
  acme = await issueCertificate(authority, now)
  solo = await selfSignedCertificate(now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  await register(db, selfSignedClient(jwksOf(solo)))
  worker = startDeployment()
})

const boundTo = ({ json }: { json: Readonly<Record<string, unknown>> }): unknown =>
  decodeJwt(String(json.access_token)).cnf

const publicKeyOf = ({ leaf }: Presented): Record<string, unknown> => {
  const parsed = parseCertificate(leaf)
  return { ...(parsed.ok ? publicKeyToJwk(parsed.certificate.publicKey) : {}) }
}

describe('a partner without a CA', () => {
  const registered = async (clientId: string, ...keys: unknown[]) => {
    await register(db, { ...selfSignedClient({ keys }), client_id: clientId })
    return (presented: Presented) => worker.token({ ...grant, client_id: clientId }, { presented })
  }

  it('is authenticated by its whole certificate', async () => {
    const ask = (presented: Presented) =>
      worker.token({ ...grant, client_id: 'solo' }, { presented })
    expect(outcome(await ask(solo))).toBe('200 ok token_issued')
    const renewed = await selfSignedCertificate(now, { keys: solo.keys })
    expect(outcome(await ask(renewed))).toBe('401 invalid_client key_not_registered')
  })

  it('is authenticated by its thumbprint', async () => {
    const x5t = await thumbprint(solo.leaf)
    const ask = await registered('by-thumbprint', { kty: 'EC', 'x5t#S256': x5t })
    expect(outcome(await ask(solo))).toBe('200 ok token_issued')
    const other = await selfSignedCertificate(now)
    const refused = await ask(other)
    expect(outcome(refused)).toBe('401 invalid_client key_not_registered')
    expect(evidenceIn(refused)).toEqual({
      clientId: 'by-thumbprint',
      registered: [`thumbprint ${x5t}`],
      subject: 'CN=self,O=Acme',
      thumbprint: await thumbprint(other.leaf),
    })
  })

  it.each(['ES256', 'ES384', 'ES512', 'RS256', 'Ed25519'] as const)(
    'is authenticated by its registered %s key, with any certificate for that key',
    async (alg) => {
      const keys = await generateKeyPair(alg)
      const first = await selfSignedCertificate(now, { keys })
      const ask = await registered(`by-key-${alg}`, publicKeyOf(first))
      expect(outcome(await ask(first))).toBe('200 ok token_issued')
      const renewed = await selfSignedCertificate(now, { keys, subject: 'CN=renewed' })
      const answer = await ask(renewed)
      expect(outcome(answer)).toBe('200 ok token_issued')
      expect(boundTo(answer)).toEqual({
        'x5t#S256': await thumbprint(renewed.leaf),
      })
      expect(outcome(await ask(solo))).toBe('401 invalid_client key_not_registered')
    },
  )

  it('is refused with a weak key, in each form of registration', async () => {
    const keys = await generateKeyPair('RS256', { modulusLength: 1024 })
    const weak = await selfSignedCertificate(now, { keys })
    const x5t = await thumbprint(weak.leaf)
    const ask = await registered('weak', { kty: 'RSA', 'x5t#S256': x5t })
    const refused = await ask(weak)
    expect(outcome(refused)).toBe('401 invalid_client certificate_key')
    expect(evidenceIn(refused)).toMatchObject({ key: { reason: 'key_too_small', bits: 1024 } })
  })

  it('is refused if the JWK contradicts itself', async () => {
    const other = await selfSignedCertificate(now)
    const [jwk] = jwksOf(solo).keys
    const x5t = await thumbprint(solo.leaf)
    const rows = [
      ['the x5t#S256 of the certificate', { ...jwk, 'x5t#S256': x5t }, '200 ok token_issued'],
      [
        'the x5t#S256 of another certificate',
        { ...jwk, 'x5t#S256': await thumbprint(other.leaf) },
        'key_not_registered',
      ],
      [
        'the public key of the certificate',
        { ...publicKeyOf(solo), 'x5t#S256': x5t },
        '200 ok token_issued',
      ],
      [
        'the public key of another certificate',
        { ...publicKeyOf(other), 'x5t#S256': x5t },
        'key_not_registered',
      ],
    ] as const
    for (const [index, [name, key, expected]] of rows.entries()) {
      const ask = await registered(`contradiction-${index}`, key)
      expect(outcome(await ask(solo)), name).toContain(expected)
    }
  })

  it('can use both certificates during a rollover', async () => {
    const next = await selfSignedCertificate(now)
    const ask = await registered('rolling', ...jwksOf(solo, next).keys)
    expect((await ask(solo)).status).toBe(200)
    expect((await ask(next)).status).toBe(200)
    expect((await ask(await selfSignedCertificate(now))).status).toBe(401)
  })

  it('may send a chain, which is ignored', async () => {
    const presented = { leaf: solo.leaf, chain: [Uint8Array.of(1, 2, 3)] }
    expect((await worker.token({ ...grant, client_id: 'solo' }, { presented })).status).toBe(200)
  })

  it('may have a certificate from a CA', async () => {
    const ask = await registered('pinned', ...jwksOf(acme).keys)
    expect((await ask(acme)).status).toBe(200)
  })
})

describe('a certificate that the edge left out as too large', () => {
  let large: PartnerCertificate
  beforeAll(async () => {
    const long = 'x'.repeat(8000)
    large = await selfSignedCertificate(now, { more: [subjectAltName([{ uri: `urn:x:${long}` }])] })
    const pinned = { kty: 'EC', 'x5t#S256': await thumbprint(large.leaf) }
    const key = publicKeyOf(large)
    const self = selfSignedClient({ keys: [pinned] })
    await register(db, { ...self, client_id: 'large-thumbprint' })
    await register(db, { ...selfSignedClient(jwksOf(large)), client_id: 'large-certificate' })
    await register(db, { ...selfSignedClient({ keys: [key] }), client_id: 'large-key' })
  })
  it.each([
    ['large-thumbprint', '200 ok token_issued'],
    ['large-certificate', '200 ok token_issued'],
    ['large-key', '401 invalid_client key_not_registered'],
    ['acme', '401 invalid_client certificate_too_large'],
    ['solo', '401 invalid_client key_not_registered'],
  ])('for %s: %s', async (clientId, expected) => {
    const answer = await worker.token({ ...grant, client_id: clientId }, { presented: large })
    expect(outcome(answer)).toBe(expected)
    if (answer.status === 200) {
      expect(boundTo(answer)).toEqual({
        'x5t#S256': await thumbprint(large.leaf),
      })
    }
  })

  it.each([
    ['Jan  1 00:00:00 2020 GMT', 'Jan  1 00:00:00 2021 GMT', 'certificate_expired'],
    ['Jan  1 00:00:00 2030 GMT', 'Jan  1 00:00:00 2031 GMT', 'certificate_not_yet_valid'],
  ])('its dates are enforced: %s', async (certNotBefore, certNotAfter, code) => {
    const answer = await worker.token(
      { ...grant, client_id: 'large-thumbprint' },
      { presented: large, tlsClientAuth: { certNotBefore, certNotAfter } },
    )
    expect(outcome(answer)).toBe(`401 invalid_client ${code}`)
  })
})

describe('a token never outlives the certificate', () => {
  it.each([
    ['late', 299, '200 ok token_issued', 299],
    ['last', 0, '401 invalid_client certificate_expiring', undefined],
    ['gone', -1, '401 invalid_client certificate_expired', undefined],
  ])('%s', async (clientId, left, expected, expiresIn) => {
    const presented = await selfSignedCertificate(now, { notAfter: now + left })
    await register(db, { ...selfSignedClient(jwksOf(presented)), client_id: clientId })
    const answer = await worker.token({ ...grant, client_id: clientId }, { presented })
    expect(outcome(answer)).toBe(expected)
    expect(answer.json.expires_in).toBe(expiresIn)
  })
})
