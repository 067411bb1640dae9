import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { toLogText } from '../../src/http/log.ts'
import { thumbprint } from '../../src/x509/index.ts'
import { acmeGrant } from '../support/worker/acme.ts'
import { freshDatabase, unreliable } from '../support/worker/database.ts'
import type { Presented } from '../support/worker/edge-cf.ts'
import { headerWriters } from '../support/worker/header-writers.ts'
import {
  type Authority,
  addAnchors,
  issueCertificate,
  mintAuthority,
  pkiClient,
  register,
  selfSignedCertificate,
} from '../support/worker/partners.ts'
import {
  type Answer,
  type Ask,
  mtlsHost,
  startOfTime as now,
  ordinaryHost,
  outcome,
  startDeployment,
} from '../support/worker/start-deployment.ts'

const header = 'Cert-9f86d081884c7d659a2feaa0c55ad015'
const secret = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'
const older = 'fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13'
const hopHost = 'https://hop.example.com'
const ok = '200 ok token_issued'
const refused = '401 invalid_client proxy_unauthenticated'
const missing = '401 invalid_client certificate_missing'

let partner: Presented
let proxy: Presented
let otherCertificate: Presented
let chained: Presented

beforeAll(async () => {
  const db = await freshDatabase()
  const authority: Authority = await mintAuthority('Acme CA', now)
  partner = await issueCertificate(authority, now)
  chained = { leaf: partner.leaf, chain: [authority.intermediate.der] }
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  const proxyAuthority = await mintAuthority('Our proxies', now)
  proxy = await issueCertificate(proxyAuthority, now, { subject: 'CN=haproxy,O=We' })
  proxy = { leaf: proxy.leaf, chain: [proxyAuthority.intermediate.der] }
  otherCertificate = await selfSignedCertificate(now)
  await addAnchors(db, 'proxies', proxyAuthority.root.der)
})

/** A deployment behind HAProxy, which authenticates itself with a credential. */
const settings = {
  CERTIFICATE_SOURCE: 'haproxy',
  CERTIFICATE_HEADER: header,
  PROXY_CREDENTIAL: secret,
}
const certificateHeaders = (name = header) => {
  const { leaf, chain } = headerWriters.haproxy(partner.leaf, chained.chain)
  return { [name]: leaf, [`${name}-chain`]: chain ?? '' }
}
const proof = { 'certbound-proxy-credential': secret }

const ask = (change: Readonly<Record<string, unknown>>, asking: Ask = {}): Promise<Answer> =>
  startDeployment({ ...settings, ...change }).token(acmeGrant, asking)

describe('a certificate in a header', () => {
  it.each<
    [name: string, change: Readonly<Record<string, unknown>>, ask: () => Ask, outcome: string]
  >([
    [
      'with the credential of the proxy',
      {},
      () => ({ headers: { ...proof, ...certificateHeaders() } }),
      ok,
    ],
    ['without the credential', {}, () => ({ headers: certificateHeaders() }), refused],
    [
      'with a wrong credential',
      {},
      () => ({ headers: { ...certificateHeaders(), 'certbound-proxy-credential': older } }),
      refused,
    ],
    [
      'with the previous credential during its rotation',
      { PROXY_CREDENTIAL_PREVIOUS: older },
      () => ({ headers: { ...certificateHeaders(), 'certbound-proxy-credential': older } }),
      ok,
    ],
    [
      'under the default name, though another is configured',
      {},
      () => ({ headers: { ...proof, ...certificateHeaders('x-client-cert') } }),
      missing,
    ],
    [
      'under the default name, which is configured',
      { CERTIFICATE_HEADER: '' },
      () => ({ headers: { ...proof, ...certificateHeaders('x-client-cert') } }),
      ok,
    ],
    [
      'with underscores in the name',
      {},
      () => ({ headers: { ...proof, ...certificateHeaders(header.replace('-', '_')) } }),
      missing,
    ],
    ['that is missing', {}, () => ({ headers: proof }), missing],
    [
      'that is missing, with a certificate in the TLS handshake',
      {},
      () => ({ headers: proof, presented: chained }),
      missing,
    ],
    [
      'sent to the host without mutual TLS',
      {},
      () => ({ url: `${ordinaryHost}/token`, headers: { ...proof, ...certificateHeaders() } }),
      missing,
    ],
    [
      'that is not readable',
      {},
      () => ({ headers: { ...proof, [header]: 'x' } }),
      '401 invalid_client certificate_unreadable',
    ],
    [
      'if the edge is the source',
      { CERTIFICATE_SOURCE: 'cloudflare' },
      () => ({ headers: { ...proof, ...certificateHeaders() } }),
      missing,
    ],
    [
      'if the edge is the source, which has a certificate as well',
      { CERTIFICATE_SOURCE: 'cloudflare' },
      () => ({ headers: { ...proof, [header]: 'x' }, presented: chained }),
      ok,
    ],
  ])('%s', async (_, change, asking, expected) => {
    expect(outcome(await ask(change, asking()))).toBe(expected)
  })

  it('needs no credential if the operator relies on the secret header name only', async () => {
    const change = {
      PROXY_CREDENTIAL: '',
      CERTIFICATE_HEADER_ALONE: 'header names show up in logs',
    }
    expect(outcome(await ask(change, { headers: certificateHeaders() }))).toBe(ok)
    expect(outcome(await ask(change, { headers: certificateHeaders('x-client-cert') }))).toBe(
      missing,
    )
  })

  it('leaves no secret in the log', async () => {
    const worker = startDeployment(settings)
    await worker.token(acmeGrant, { headers: { ...proof, ...certificateHeaders() } })
    await worker.token(acmeGrant, {
      headers: { ...certificateHeaders(), 'certbound-proxy-credential': older },
    })
    const text = worker.lines.map(toLogText).join().toLowerCase()
    for (const word of [header, secret, older]) expect(text).not.toContain(word.toLowerCase())
  })
})

describe('HTTP Basic as the credential', () => {
  const change = { PROXY_CREDENTIAL: `haproxy:${secret}`, PROXY_CREDENTIAL_HEADER: 'Authorization' }
  const basic = (text: string) => ({
    authorization: `Basic ${btoa(text)}`,
    ...certificateHeaders(),
  })

  it('authenticates the proxy, not the client', async () => {
    expect(outcome(await ask(change, { headers: basic(`haproxy:${secret}`) }))).toBe(ok)
    expect(outcome(await ask(change, { headers: basic(`haproxy:${older}`) }))).toBe(refused)
    expect(outcome(await ask(change, { headers: basic('acme:') }))).toBe(refused)
  })

  it('does not affect the client’s own Authorization on other hosts', async () => {
    const answer = await ask({}, { headers: { ...proof, ...basic('other-client:') } })
    expect(outcome(answer)).toBe('400 invalid_request client_id_conflict')
  })
})

describe('the certificate of the proxy itself', () => {
  const bySubject = {
    ...{ PROXY_CREDENTIAL: '', PROXY_TRUST_ANCHOR_SET: 'proxies' },
    PROXY_SUBJECT_DN: 'CN=haproxy, O=We',
  }
  const shown = (presented: Presented | null): Ask => ({ headers: certificateHeaders(), presented })

  it('is matched by its thumbprint', async () => {
    const change = { PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: await thumbprint(proxy.leaf) }
    expect(outcome(await ask(change, shown(proxy)))).toBe(ok)
    expect(outcome(await ask(change, shown(otherCertificate)))).toBe(refused)
    expect(outcome(await ask(change, shown(chained)))).toBe(refused)
    expect(outcome(await ask(change, shown(null)))).toBe(refused)
  })

  it('is verified by trust anchor set and subject', async () => {
    expect(outcome(await ask(bySubject, shown(proxy)))).toBe(ok)
    expect(outcome(await ask(bySubject, shown(null)))).toBe(refused)
    const answer = await ask(bySubject, shown(otherCertificate))
    expect(outcome(answer)).toBe(refused)
    expect(answer.line.evidence).toMatchObject({
      why: 'certificate_refused',
      refusal: { code: 'certificate_path' },
    })
    const another = { ...bySubject, PROXY_SUBJECT_DN: 'CN=nginx,O=We' }
    expect((await ask(another, shown(proxy))).line.evidence).toMatchObject({
      refusal: { code: 'subject_mismatch' },
    })
    const none = { ...bySubject, PROXY_TRUST_ANCHOR_SET: 'unknown' }
    expect(outcome(await ask(none, shown(proxy)))).toBe(refused)
  })

  it('is verified again after it has expired', async () => {
    const worker = startDeployment({ ...settings, ...bySubject })
    expect(outcome(await worker.token(acmeGrant, shown(proxy)))).toBe(ok)
    worker.now += 31 * 86_400
    expect(outcome(await worker.token(acmeGrant, shown(proxy)))).toBe(refused)
  })

  it('cannot be verified while D1 does not answer', async () => {
    const d1 = unreliable(env.DB)
    d1.down = true
    const answer = await ask({ ...bySubject, DB: d1.db }, shown(proxy))
    expect(outcome(answer)).toBe('503 temporarily_unavailable store_unavailable')
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  it('is required in addition to the credential if both are configured', async () => {
    const change = { PROXY_CERTIFICATES: await thumbprint(proxy.leaf) }
    const headers = { ...proof, ...certificateHeaders() }
    expect(outcome(await ask(change, { headers, presented: proxy }))).toBe(ok)
    expect(outcome(await ask(change, { headers }))).toBe(refused)
    expect(outcome(await ask(change, shown(proxy)))).toBe(refused)
  })
})

describe('several hosts', () => {
  const change = {
    CERTIFICATE_SOURCE: 'cloudflare',
    CERTIFICATE_SOURCES: { 'hop.example.com': 'haproxy' },
  }
  const at = (origin: string, asking: Ask): Ask => ({ ...asking, url: `${origin}/token` })
  const byHeader = () => ({ headers: { ...proof, ...certificateHeaders() } })

  it('have one source each', async () => {
    expect(outcome(await ask(change, at(mtlsHost, { presented: chained })))).toBe(ok)
    expect(outcome(await ask(change, at(mtlsHost, byHeader())))).toBe(missing)
    expect(outcome(await ask(change, at(hopHost, byHeader())))).toBe(ok)
    expect(outcome(await ask(change, at(hopHost, { headers: proof, presented: chained })))).toBe(
      missing,
    )
    expect(outcome(await ask({}, at(hopHost, byHeader())))).toBe('421 invalid_request host_unknown')
  })

  it('are logged once', async () => {
    const worker = startDeployment({ ...settings, ...change })
    await worker.ask({ url: `${ordinaryHost}/health` })
    await worker.ask({ url: `${ordinaryHost}/health` })
    expect(worker.lines.filter(({ code }) => code === 'certificate_sources_configured')).toEqual([
      {
        ...{ level: 'info', code: 'certificate_sources_configured' },
        sources: [
          { host: 'as.example.com', source: 'cloudflare', hop: [], header_chosen: false },
          { host: 'mtls.as.example.com', source: 'cloudflare', hop: [], header_chosen: false },
          { host: 'hop.example.com', source: 'haproxy', hop: ['credential'], header_chosen: true },
        ],
      },
    ])
  })

  it('are not served if one reads a header without proxy authentication', async () => {
    const answer = await ask({ PROXY_CREDENTIAL: '' }, byHeader())
    expect(outcome(answer)).toBe('503 temporarily_unavailable configuration_invalid')
  })
})

describe('the rate-limited address', () => {
  /** A rate limiter that records the keys it counts. */
  function recordingLimiter(keys: string[], success = true) {
    return {
      limit: async ({ key }: { key: string }) => {
        keys.push(key)
        return { success }
      },
    }
  }
  const address = { 'cf-connecting-ip': '192.0.2.1' }
  const headers = { ...proof, ...address, 'x-real-ip': '198.51.100.7' }

  it.each<
    [name: string, change: object, requestHeaders: () => Record<string, string>, key: string]
  >([
    [
      'that of the proxy by default',
      {},
      () => ({ ...headers, ...certificateHeaders() }),
      '192.0.2.1',
    ],
    [
      'that in PROXY_ADDRESS_HEADER if the proxy is authenticated',
      { PROXY_ADDRESS_HEADER: 'X-Real-IP' },
      () => ({ ...headers, ...certificateHeaders() }),
      '198.51.100.7',
    ],
    [
      'the connecting address if proxy authentication failed',
      { PROXY_ADDRESS_HEADER: 'X-Real-IP' },
      () => ({ ...address, 'x-real-ip': '198.51.100.7' }),
      '192.0.2.1',
    ],
  ])('is %s', async (_, change, requestHeaders, key) => {
    const keys: string[] = []
    await ask(
      { ...change, RATE_LIMIT_ADDRESS: recordingLimiter(keys) },
      { headers: requestHeaders() },
    )
    expect(keys).toEqual([key])
  })

  it.each<[name: string, address: string | null, expected: string]>([
    ['one IPv4 address', '198.51.100.7', ok],
    ['one IPv6 address', '2001:db8::7', ok],
    ['no header', null, refused],
    ['an empty header', '', refused],
    ['two addresses', '198.51.100.7, 198.51.100.8', refused],
    ['an address with a port', '198.51.100.7:4711', refused],
    ['an address in brackets', '[2001:db8::7]', refused],
    ['a name', 'unknown', refused],
  ])('is read from the header of the proxy: %s', async (_, address, expected) => {
    const keys: string[] = []
    const change = { PROXY_ADDRESS_HEADER: 'X-Real-IP', RATE_LIMIT_ADDRESS: recordingLimiter(keys) }
    const connecting = { 'cf-connecting-ip': '192.0.2.1' }
    const forwarded = address === null ? {} : { 'x-real-ip': address }
    const headers = { ...proof, ...certificateHeaders(), ...connecting, ...forwarded }
    const answer = await ask(change, { headers })
    expect(outcome(answer)).toBe(expected)
    if (expected === ok) return
    expect(answer.line.evidence).toMatchObject({ why: 'address_missing' })
    expect(keys).toEqual(['192.0.2.1'])
  })

  it('also limits callers that are not the proxy', async () => {
    const answer = await ask(
      { RATE_LIMIT_ADDRESS: recordingLimiter([], false) },
      { headers: address },
    )
    expect(outcome(answer)).toBe('429 temporarily_unavailable rate_limited')
  })
})
