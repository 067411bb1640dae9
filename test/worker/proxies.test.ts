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
let stranger: Presented
let chained: Presented

beforeAll(async () => {
  const db = await freshDatabase()
  const authority: Authority = await mintAuthority('Acme CA', now)
  partner = await issueCertificate(authority, now)
  chained = { leaf: partner.leaf, chain: [authority.intermediate.der] }
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  const ours = await mintAuthority('Our proxies', now)
  proxy = await issueCertificate(ours, now, { subject: 'CN=haproxy,O=We' })
  proxy = { leaf: proxy.leaf, chain: [ours.intermediate.der] }
  stranger = await selfSignedCertificate(now)
  await addAnchors(db, 'proxies', ours.root.der)
})

/** The partner's certificate as HAProxy conveys it, over a hop with a credential. */
const settings = {
  CERTIFICATE_SOURCE: 'haproxy',
  CERTIFICATE_HEADER: header,
  PROXY_CREDENTIAL: secret,
}
const conveyed = (name = header) => {
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
    ['over the proven hop', {}, () => ({ headers: { ...proof, ...conveyed() } }), ok],
    ['without the credential', {}, () => ({ headers: conveyed() }), refused],
    [
      'with a wrong one',
      {},
      () => ({ headers: { ...conveyed(), 'certbound-proxy-credential': older } }),
      refused,
    ],
    [
      'with the former one while it changes',
      { PROXY_CREDENTIAL_PREVIOUS: older },
      () => ({ headers: { ...conveyed(), 'certbound-proxy-credential': older } }),
      ok,
    ],
    [
      'under its usual name',
      {},
      () => ({ headers: { ...proof, ...conveyed('x-client-cert') } }),
      missing,
    ],
    [
      'under its usual name, where no other was chosen',
      { CERTIFICATE_HEADER: '' },
      () => ({ headers: { ...proof, ...conveyed('x-client-cert') } }),
      ok,
    ],
    [
      'with underscores',
      {},
      () => ({ headers: { ...proof, ...conveyed(header.replace('-', '_')) } }),
      missing,
    ],
    ['left out', {}, () => ({ headers: proof }), missing],
    [
      'left out, and a certificate of the hop itself',
      {},
      () => ({ headers: proof, presented: chained }),
      missing,
    ],
    [
      'at the ordinary host',
      {},
      () => ({ url: `${ordinaryHost}/token`, headers: { ...proof, ...conveyed() } }),
      missing,
    ],
    [
      'that nothing can be read from',
      {},
      () => ({ headers: { ...proof, [header]: 'x' } }),
      '401 invalid_client certificate_unreadable',
    ],
    [
      'where the edge is the source',
      { CERTIFICATE_SOURCE: 'cloudflare' },
      () => ({ headers: { ...proof, ...conveyed() } }),
      missing,
    ],
    [
      'where the edge is the source, besides a certificate of the edge',
      { CERTIFICATE_SOURCE: 'cloudflare' },
      () => ({ headers: { ...proof, [header]: 'x' }, presented: chained }),
      ok,
    ],
  ])('%s', async (_, change, asking, expected) => {
    expect(outcome(await ask(change, asking()))).toBe(expected)
  })

  it('is accepted by its secret name alone if the operator configured that', async () => {
    const change = {
      PROXY_CREDENTIAL: '',
      CERTIFICATE_HEADER_ALONE: 'header names show up in logs',
    }
    expect(outcome(await ask(change, { headers: conveyed() }))).toBe(ok)
    expect(outcome(await ask(change, { headers: conveyed('x-client-cert') }))).toBe(missing)
  })

  it('leaves no secret in the log', async () => {
    const worker = startDeployment(settings)
    await worker.token(acmeGrant, { headers: { ...proof, ...conveyed() } })
    await worker.token(acmeGrant, {
      headers: { ...conveyed(), 'certbound-proxy-credential': older },
    })
    const text = worker.lines.map(toLogText).join().toLowerCase()
    for (const word of [header, secret, older]) expect(text).not.toContain(word.toLowerCase())
  })
})

describe('HTTP Basic as the credential', () => {
  const change = { PROXY_CREDENTIAL: `haproxy:${secret}`, PROXY_CREDENTIAL_HEADER: 'Authorization' }
  const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}`, ...conveyed() })

  it('is the proxy’s and not the client’s', async () => {
    expect(outcome(await ask(change, { headers: basic(`haproxy:${secret}`) }))).toBe(ok)
    expect(outcome(await ask(change, { headers: basic(`haproxy:${older}`) }))).toBe(refused)
    expect(outcome(await ask(change, { headers: basic('acme:') }))).toBe(refused)
  })

  it('does not affect the client’s own Authorization on other hosts', async () => {
    const answer = await ask({}, { headers: { ...proof, ...basic('somebody-else:') } })
    expect(outcome(answer)).toBe('400 invalid_request client_id_conflict')
  })
})

describe('the certificate of the proxy itself', () => {
  const bySubject = {
    ...{ PROXY_CREDENTIAL: '', PROXY_TRUST_ANCHOR_SET: 'proxies' },
    PROXY_SUBJECT_DN: 'CN=haproxy, O=We',
  }
  const shown = (presented: Presented | null): Ask => ({ headers: conveyed(), presented })

  it('by its thumbprint', async () => {
    const change = { PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: await thumbprint(proxy.leaf) }
    expect(outcome(await ask(change, shown(proxy)))).toBe(ok)
    expect(outcome(await ask(change, shown(stranger)))).toBe(refused)
    expect(outcome(await ask(change, shown(chained)))).toBe(refused)
    expect(outcome(await ask(change, shown(null)))).toBe(refused)
  })

  it('by anchors and subject', async () => {
    expect(outcome(await ask(bySubject, shown(proxy)))).toBe(ok)
    expect(outcome(await ask(bySubject, shown(null)))).toBe(refused)
    const answer = await ask(bySubject, shown(stranger))
    expect(outcome(answer)).toBe(refused)
    expect(answer.line.evidence).toMatchObject({
      why: 'certificate_refused',
      refusal: { code: 'certificate_path' },
    })
    const another = { ...bySubject, PROXY_SUBJECT_DN: 'CN=nginx,O=We' }
    expect((await ask(another, shown(proxy))).line.evidence).toMatchObject({
      refusal: { code: 'subject_mismatch' },
    })
    const none = { ...bySubject, PROXY_TRUST_ANCHOR_SET: 'nobody' }
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

  it('is required besides the credential if both are configured', async () => {
    const change = { PROXY_CERTIFICATES: await thumbprint(proxy.leaf) }
    const headers = { ...proof, ...conveyed() }
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
  const byHeader = () => ({ headers: { ...proof, ...conveyed() } })

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

  it('refuse to serve if a header has no proof', async () => {
    const answer = await ask({ PROXY_CREDENTIAL: '' }, byHeader())
    expect(outcome(answer)).toBe('503 temporarily_unavailable configuration_invalid')
  })
})

describe('the rate of an address', () => {
  /** A limiter that notes whom it is asked about. */
  function noting(keys: string[], success = true) {
    return {
      limit: async ({ key }: { key: string }) => {
        keys.push(key)
        return { success }
      },
    }
  }
  const address = { 'cf-connecting-ip': '192.0.2.1' }
  const told = { ...proof, ...address, 'x-real-ip': '198.51.100.7' }

  it.each<[name: string, change: object, headers: () => Record<string, string>, key: string]>([
    ['the proxy’s', {}, () => ({ ...told, ...conveyed() }), '192.0.2.1'],
    [
      'the partner’s, where the proxy tells it',
      { PROXY_ADDRESS_HEADER: 'X-Real-IP' },
      () => ({ ...told, ...conveyed() }),
      '198.51.100.7',
    ],
    [
      'his own, of who is no proxy',
      { PROXY_ADDRESS_HEADER: 'X-Real-IP' },
      () => ({ ...address, 'x-real-ip': '198.51.100.7' }),
      '192.0.2.1',
    ],
  ])('is %s', async (_, change, headers, key) => {
    const keys: string[] = []
    await ask({ ...change, RATE_LIMIT_ADDRESS: noting(keys) }, { headers: headers() })
    expect(keys).toEqual([key])
  })

  it.each<[name: string, told: string | null, expected: string]>([
    ['one IPv4 address', '198.51.100.7', ok],
    ['one IPv6 address', '2001:db8::7', ok],
    ['none', null, refused],
    ['nothing', '', refused],
    ['two', '198.51.100.7, 198.51.100.8', refused],
    ['one with a port', '198.51.100.7:4711', refused],
    ['one in brackets', '[2001:db8::7]', refused],
    ['a name', 'unknown', refused],
  ])('is the one that the proxy forwards: %s', async (_, address, expected) => {
    const keys: string[] = []
    const change = { PROXY_ADDRESS_HEADER: 'X-Real-IP', RATE_LIMIT_ADDRESS: noting(keys) }
    const connecting = { 'cf-connecting-ip': '192.0.2.1' }
    const tells = address === null ? {} : { 'x-real-ip': address }
    const headers = { ...proof, ...conveyed(), ...connecting, ...tells }
    const answer = await ask(change, { headers })
    expect(outcome(answer)).toBe(expected)
    if (expected === ok) return
    expect(answer.line.evidence).toMatchObject({ why: 'address_missing' })
    expect(keys).toEqual(['192.0.2.1'])
  })

  it('also limits callers that are not the proxy', async () => {
    const answer = await ask({ RATE_LIMIT_ADDRESS: noting([], false) }, { headers: address })
    expect(outcome(answer)).toBe('429 temporarily_unavailable rate_limited')
  })
})
