import type { D1Database } from '@cloudflare/workers-types'
import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/encoding/base64.ts'
import { utf8 } from '../../src/encoding/bytes.ts'
import { invalidClientDescription } from '../../src/oauth/wire.ts'
import { thumbprint } from '../../src/x509/index.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
  setEnabled,
} from '../support/worker/partners.ts'
import {
  type Answer,
  type Ask,
  evidenceIn,
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

let db: D1Database
let worker: TestDeployment
let acmeCa: Authority
let otherCa: Authority
let acme: PartnerCertificate
let other: PartnerCertificate
let solo: PartnerCertificate

beforeAll(async () => {
  db = await freshDatabase()
  acmeCa = await mintAuthority('Acme CA', now)
  otherCa = await mintAuthority('Other CA', now)
  acme = await issueCertificate(acmeCa, now)
  other = await issueCertificate(otherCa, now, { subject: 'CN=other' })
  solo = await selfSignedCertificate(now)
  await addAnchors(db, 'acme-ca', acmeCa.root.der)
  await addAnchors(db, 'other-ca', otherCa.root.der)
  await addAnchors(db, 'empty')
  const subject = { tls_client_auth_subject_dn: 'CN=other' }
  await register(db, pkiClient)
  await register(db, { ...pkiClient, ...subject, client_id: 'other', trust_anchor_set: 'other-ca' })
  await register(db, { ...pkiClient, client_id: 'anchorless', trust_anchor_set: 'empty' })
  await register(db, selfSignedClient(jwksOf(solo)))
  await register(db, { ...selfSignedClient(jwksOf(solo)), client_id: 'left' })
  await setEnabled(db, 'left', false)
  worker = startDeployment()
})

const basic = (text: string) => ({ authorization: `Basic ${toBase64(utf8(text))}` })
const grant = 'grant_type=client_credentials'

/** A token request with these parameters and this client certificate. */
const ask = (form: string, presented: PartnerCertificate | null, more: Ask = {}) =>
  worker.token(`${grant}&${form}`, { presented, ...more })

type Row = [
  name: string,
  request: () => Promise<Answer>,
  code: string,
  evidence: Readonly<Record<string, unknown>>,
]

/** Every way to fail client authentication: a valid request with one change. */
const failures: Row[] = [
  ['no client_id', () => ask('', acme), 'client_id_missing', {}],
  [
    'an unknown client_id',
    () => ask('client_id=unknown', acme),
    'client_unknown',
    { clientId: 'unknown' },
  ],
  [
    'a client_id in another case',
    () => ask('client_id=ACME', acme),
    'client_unknown',
    { clientId: 'ACME' },
  ],
  [
    'a client_id with characters that none may have',
    () => ask('client_id=%27+OR+1%3D1', acme),
    'client_unknown',
    { clientId: "' OR 1=1" },
  ],
  ['a disabled client', () => ask('client_id=left', solo), 'client_disabled', { clientId: 'left' }],
  [
    'no certificate',
    () => ask('client_id=acme', null),
    'certificate_missing',
    { clientId: 'acme' },
  ],
  [
    'neither client_id nor certificate',
    () => ask('', null),
    'certificate_missing',
    { clientId: null },
  ],
  [
    'a client_secret and no certificate',
    () => ask('client_id=acme&client_secret=s', null),
    'authentication_method',
    { clientId: 'acme', methods: ['client_secret_post'] },
  ],
  [
    'a client_assertion and no certificate',
    () => ask('client_id=acme&client_assertion=x', null),
    'authentication_method',
    { clientId: 'acme', methods: ['client_assertion'] },
  ],
  [
    "another partner's certificate",
    () => ask('client_id=acme', other),
    'certificate_path',
    { clientId: 'acme', trustAnchorSet: 'acme-ca', path: { reason: 'unknown_issuer' } },
  ],
  [
    'a certificate of the same CA with another subject',
    async () => ask('client_id=acme', await issueCertificate(acmeCa, now, { subject: 'CN=x' })),
    'subject_mismatch',
    {
      clientId: 'acme',
      attribute: 'tls_client_auth_subject_dn',
      expected: 'CN=partner,O=Acme',
      presented: ['CN=x'],
    },
  ],
  [
    'the certificate of the issuing CA',
    () => ask('client_id=acme', { leaf: acmeCa.intermediate.der, chain: [], keys: acme.keys }),
    'certificate_path',
    { subject: 'CN=Issuing,O=Acme CA', path: { reason: 'key_usage' } },
  ],
  [
    'the registered subject, issued by the CA of another partner',
    async () => ask('client_id=acme', await issueCertificate(otherCa, now)),
    'certificate_path',
    { subject: 'CN=partner,O=Acme', path: { reason: 'unknown_issuer' } },
  ],
  [
    'the registered subject, self-signed',
    async () =>
      ask('client_id=acme', await selfSignedCertificate(now, { subject: 'CN=partner,O=Acme' })),
    'certificate_path',
    { path: { reason: 'unknown_issuer' } },
  ],
  [
    'a leaf without its intermediate',
    () => ask('client_id=acme', { ...acme, chain: [] }),
    'certificate_path',
    { path: { reason: 'unknown_issuer' } },
  ],
  [
    'a trust anchor set without anchors',
    () => ask('client_id=anchorless', acme),
    'certificate_path',
    { clientId: 'anchorless', trustAnchorSet: 'empty', path: { reason: 'no_trust_anchor' } },
  ],
  [
    'a chain that the edge left out as too large',
    () =>
      ask('client_id=acme', acme, {
        tlsClientAuth: { certChainRFC9440: '', certChainRFC9440TooLarge: true },
      }),
    'certificate_chain_too_large',
    { clientId: 'acme', subject: 'CN=partner,O=Acme' },
  ],
  [
    'a self-signed certificate that is not registered',
    async () => ask('client_id=solo', await selfSignedCertificate(now)),
    'key_not_registered',
    { clientId: 'solo', registered: ['certificate EC'], subject: 'CN=self,O=Acme' },
  ],
  [
    'a CA-issued certificate for a self-signed client',
    () => ask('client_id=solo', acme),
    'key_not_registered',
    { clientId: 'solo' },
  ],
  [
    'a self-signed certificate for a PKI client',
    () => ask('client_id=acme', solo),
    'certificate_path',
    { clientId: 'acme' },
  ],
  [
    'a certificate that the edge reports as revoked',
    () => ask('client_id=acme', acme, { tlsClientAuth: { certRevoked: '1' } }),
    'certificate_revoked_at_edge',
    {},
  ],
  [
    'certVerified SUCCESS without a certificate',
    () => ask('client_id=acme', null, { tlsClientAuth: { certVerified: 'SUCCESS' } }),
    'certificate_missing',
    {},
  ],
  [
    'certVerified SUCCESS for the certificate of another CA',
    async () =>
      ask('client_id=acme', await issueCertificate(otherCa, now), {
        tlsClientAuth: { certVerified: 'SUCCESS' },
      }),
    'certificate_path',
    {},
  ],
  [
    'a certificate only in headers',
    () =>
      ask('client_id=acme', null, {
        headers: {
          'cf-client-cert-der-base64': toBase64(acme.leaf),
          'client-cert': `:${toBase64(acme.leaf)}:`,
          'x-client-cert': toBase64(acme.leaf),
          'cf-cert-presented': 'true',
        },
      }),
    'certificate_missing',
    {},
  ],
]

describe('every failure to authenticate', () => {
  it.each(failures)('%s', async (_, request, code, evidence) => {
    const answer = await request()
    expect(outcome(answer)).toBe(`401 invalid_client ${code}`)
    expect(evidenceIn(answer)).toMatchObject(evidence)
    expect(answer.line.level).toBe('warn')
  })

  it('has the same response, octet for octet, except its request_id', async () => {
    const answers = await Promise.all(failures.map(([, request]) => request()))
    const public_ = answers.map(({ status, headers, text, json }) => {
      const id = String(json.request_id)
      const fields = [...headers].map(([name, value]) => `${name}: ${value.replace(id, 'ID')}`)
      return [status, ...fields.toSorted(), text.replace(id, 'ID')].join('\n')
    })
    expect(new Set(public_).size).toBe(1)
    expect(answers[0]?.json.error_description).toBe(invalidClientDescription)
    // And yet no two of them are the same request.
    expect(new Set(answers.map(({ json }) => json.request_id)).size).toBe(failures.length)
  })

  it('has an accepted twin: each of these clients can be authenticated', async () => {
    expect((await ask('client_id=acme', acme)).status).toBe(200)
    expect((await ask('client_id=other', other)).status).toBe(200)
    expect((await ask('client_id=solo', solo)).status).toBe(200)
  })

  it('logs the certificate', async () => {
    const answer = await ask('client_id=acme', other)
    expect(evidenceIn(answer)).toMatchObject({ thumbprint: await thumbprint(other.leaf) })
  })
})

describe('the challenge (RFC 6749 section 5.2)', () => {
  it.each([
    [basic('unknown:'), 'Basic realm="certbound"'],
    [basic('acme:secret'), 'Basic realm="certbound"'],
    [{ authorization: 'Bearer x' }, 'Bearer realm="certbound"'],
    [{ authorization: 'Digest x' }, 'Basic realm="certbound"'],
  ])('to %j', async (headers, challenge) => {
    const answer = await ask('', null, { headers })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(challenge)
  })

  it('is missing without an Authorization header', async () => {
    const answer = await ask('client_id=acme', null)
    expect(answer.headers.has('www-authenticate')).toBe(false)
  })

  it('is missing with another status', async () => {
    const answer = await ask('client_id=acme', acme, { headers: basic('acme:s') })
    expect([answer.status, answer.headers.has('www-authenticate')]).toEqual([400, false])
  })
})

describe('two methods in one request (RFC 6749 section 2.3)', () => {
  it.each<[form: string, headers: Record<string, string>, methods: string[]]>([
    ['client_id=acme', basic('acme:s'), ['client_secret_basic']],
    ['client_id=acme&client_secret=s', {}, ['client_secret_post']],
    ['client_id=acme&client_assertion=x', {}, ['client_assertion']],
    ['client_id=acme&client_assertion_type=x', {}, ['client_assertion']],
    ['client_id=acme', { authorization: 'Bearer x' }, ['authorization_header']],
    ['client_id=acme', { authorization: 'DPoP x' }, ['authorization_header']],
    ['client_id=unknown&client_secret=s', {}, ['client_secret_post']],
    [
      'client_secret=s&client_assertion=x',
      basic('acme:s'),
      ['client_secret_basic', 'client_secret_post', 'client_assertion'],
    ],
  ])('%j with %j', async (form, headers, methods) => {
    const answer = await ask(form, acme, { headers })
    expect(outcome(answer)).toBe('400 invalid_request authentication_methods')
    expect(evidenceIn(answer)).toMatchObject({ methods })
  })

  it('also without a certificate', async () => {
    const answer = await ask('client_id=acme&client_secret=s&client_assertion=x', null)
    expect(outcome(answer)).toBe('400 invalid_request authentication_methods')
  })

  it('two different client_ids', async () => {
    const answer = await ask('client_id=acme', acme, { headers: basic('other:') })
    expect(outcome(answer)).toBe('400 invalid_request client_id_conflict')
  })

  it('a malformed Authorization header', async () => {
    const answer = await ask('client_id=acme', acme, { headers: { authorization: 'Basic !' } })
    expect(outcome(answer)).toBe('400 invalid_request authorization_malformed')
  })
})
