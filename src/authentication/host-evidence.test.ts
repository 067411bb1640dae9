import { describe, expect, it } from 'vitest'
import type { ProxyCertificate, ProxyCredential } from '../certificate/proxy-authentication.ts'
import type { SourceSettings } from '../certificate/source-settings.ts'
import type { RequestContext } from '../request-context.ts'
import type { AuthenticationStores } from './authenticate-client.ts'
import { evidenceByHost } from './host-evidence.ts'

const host = 'mtls.as.example.com'
const secret = 'a-secret-of-the-terminator-and-its-server'
const credential: ProxyCredential = { header: 'Certbound-Proxy-Credential', values: [secret] }
const thumbprint: ProxyCertificate = { by: 'thumbprint', thumbprints: ['x'.repeat(43)] }
const subject: ProxyCertificate = { by: 'subject', trustAnchorSet: 'edge', subjectDn: 'CN=edge' }

const settings: SourceSettings = {
  sources: new Map([[host, 'nginx']]),
  header: null,
  proxy: { credential, certificate: null },
  addressHeader: null,
}

/** None of these tests verifies a certificate. */
const stores = {} as AuthenticationStores

const evidence = (change: Partial<SourceSettings> = {}) =>
  evidenceByHost({ ...settings, ...change }, stores)(host)

function contextOf(headers: Record<string, string>): RequestContext {
  const request = new Request(`https://${host}/token`, { headers })
  return {
    now: 1_800_000_000,
    requestId: 'id',
    request,
    method: 'POST',
    headers: request.headers,
    target: { protocol: 'https:', host, path: '/token', query: '' },
    cf: undefined,
    address: '192.0.2.1',
    defer: () => {},
  }
}

it('throws for a host that is not configured', () => {
  expect(() => evidenceByHost(settings, stores)('other.example.com')).toThrow(/unknown host/)
  expect(() => evidenceByHost(settings, stores)(host)).not.toThrow()
})

it('needs a store for a proxy that is known by its subject', () => {
  const bySubject = { ...settings, proxy: { credential: null, certificate: subject } }
  expect(() => evidenceByHost(bySubject, null)).toThrow(/needs a store/)
  expect(() => evidenceByHost(bySubject, stores)).not.toThrow()
})

describe('reading is cheap', () => {
  it.each<[source: string, change: Partial<SourceSettings>, cheap: boolean]>([
    ['the edge', { sources: new Map([[host, 'cloudflare']]), proxy: null }, true],
    ['a secret header name', { proxy: null, header: 'X-Secret' }, true],
    ['a credential', {}, true],
    ['a certificate by thumbprint', { proxy: { credential: null, certificate: thumbprint } }, true],
    // Its path is verified before a client is known.
    ['a certificate by subject', { proxy: { credential: null, certificate: subject } }, false],
    // The credential is checked first.
    [
      'a credential and a certificate by subject',
      { proxy: { credential, certificate: subject } },
      true,
    ],
  ])('from %s: %s', (_, change, cheap) => expect(evidence(change).readsCheaply).toBe(cheap))
})

describe('the Authorization header', () => {
  const inAuthorization = { header: 'Authorization', values: [secret] }
  const authorization = 'Basic YWNtZTo='
  it.each<[name: string, change: Partial<SourceSettings>, expected: string | null]>([
    ['is of the client if the credential has its own header', {}, authorization],
    [
      'is of the client behind the edge',
      { sources: new Map([[host, 'cloudflare']]) },
      authorization,
    ],
    [
      'is of the proxy if the credential is in it',
      { proxy: { credential: inAuthorization, certificate: null } },
      null,
    ],
    [
      'is of the proxy whatever the letter case of its name',
      { proxy: { credential: { ...inAuthorization, header: 'AUTHORIZATION' }, certificate: null } },
      null,
    ],
  ])('%s', async (_, change, expected) => {
    expect(await evidence(change).read(contextOf({ authorization }))).toMatchObject({
      ok: true,
      value: { presented: { kind: 'none' }, authorization: expected },
    })
  })
})

describe('the address of a request', () => {
  const header = 'Certbound-Client-Address'
  const proven = { [credential.header]: secret }
  it.each<
    [name: string, addressHeader: string | null, sent: Record<string, string>, expected: unknown]
  >([
    ['is the connecting one without a configured header', null, proven, { value: '192.0.2.1' }],
    [
      'is in the configured header',
      header,
      { ...proven, [header]: '198.51.100.7' },
      { value: '198.51.100.7' },
    ],
    ['is missing in the configured header', header, proven, { error: { why: 'address_missing' } }],
    [
      'is no IP address',
      header,
      { ...proven, [header]: 'x' },
      { error: { why: 'address_missing' } },
    ],
    [
      'is not asked for without the credential',
      header,
      { [header]: '198.51.100.7' },
      { error: { why: 'credential_missing' } },
    ],
  ])('%s', async (_, addressHeader, sent, expected) => {
    expect(await evidence({ addressHeader }).address(contextOf(sent))).toMatchObject(
      expected as object,
    )
  })
})
