import { beforeAll, describe, expect, it } from 'vitest'
import { edgeCf, type Presented } from '../../test/support/worker/edge-cf.ts'
import { selfSignedCertificate } from '../../test/support/worker/partners.ts'
import {
  audience,
  goodClaims,
  issuer,
  issuerKey,
  issuerWeb,
  now,
  signToken,
} from '../../test/support/worker/test-issuer.ts'
import { derToPem } from '../encoding/pem.ts'
import { thumbprint } from '../x509/index.ts'
import { clientCertificate, type HopOptions, type SourceName } from './client-certificate.ts'
import { createVerifier } from './verifier.ts'

const credential = 'Hq3vN8sYt2KbXw6ZrLd0fGjP1mCeUa7iSoTy4xBkQ5E'
const next = 'vR7pZ2mXc9LqTd4WnYb6HsKf1gJaEu8oIx3BwV5tCy0'
const header = 'Certbound-3f9a1c7e5b2d8046a1f3c5e7092b4d68'

let own: Presented
let proxyOwn: Presented
let token: string
let web: ReturnType<typeof issuerWeb>

beforeAll(async () => {
  own = await selfSignedCertificate(now)
  proxyOwn = await selfSignedCertificate(now)
  const key = await issuerKey('k1')
  web = issuerWeb([key.jwk])
  token = await signToken(key, goodClaims(await thumbprint(own.leaf)))
})

/** The outcome of a request behind nginx. */
async function outcome(
  hop: HopOptions,
  headers: Readonly<Record<string, string>>,
  shown: Presented | null = null,
): Promise<string> {
  const verify = createVerifier({
    ...{ issuer, audience, source: 'nginx', hop, fetch: web.fetch, now: () => now },
  })
  const verified = await verify(
    new Request(audience, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      cf: await edgeCf(shown),
    }),
  )
  if (verified.ok) return 'ok'
  return 'why' in verified.error ? String(verified.error.why) : verified.error.code
}

const certificate = () => encodeURIComponent(derToPem(own.leaf))

describe('a certificate in a header', () => {
  const proof = 'certbound-proxy-credential'
  const forwarded = () => ({ 'x-client-cert': certificate() })

  it('is accepted with the credential of the proxy', async () => {
    const ask = (more: Record<string, string>) =>
      outcome({ credential }, { ...forwarded(), ...more })
    expect(await ask({ [proof]: credential })).toBe('ok')
    expect(await ask({})).toBe('credential_missing')
    expect(await ask({ [proof]: next })).toBe('credential_wrong')
    expect(await ask({ [proof]: `${credential}, ${credential}` })).toBe('credential_repeated')
  })

  it('is accepted with the previous and the new credential, in a configured header', async () => {
    const hop = { credential: [credential, next], credentialHeader: 'x-hop' }
    expect(await outcome(hop, { ...forwarded(), 'x-hop': credential })).toBe('ok')
    expect(await outcome(hop, { ...forwarded(), 'x-hop': next })).toBe('ok')
    expect(await outcome(hop, { ...forwarded(), [proof]: next })).toBe('credential_missing')
  })

  it('is accepted with HTTP Basic', async () => {
    const hop = { credential: `proxy:${credential}`, credentialHeader: 'Proxy-Authorization' }
    const basic = `Basic ${btoa(`proxy:${credential}`)}`
    expect(await outcome(hop, { ...forwarded(), 'proxy-authorization': basic })).toBe('ok')
    expect(await outcome(hop, { ...forwarded(), 'proxy-authorization': `${basic}=` })).toBe(
      'credential_wrong',
    )
  })

  it('is accepted with its own certificate at the edge', async () => {
    const hop = { certificates: [await thumbprint(proxyOwn.leaf)] }
    expect(await outcome(hop, forwarded(), proxyOwn)).toBe('ok')
    expect(await outcome(hop, forwarded(), own)).toBe('certificate_wrong')
    expect(await outcome(hop, forwarded(), null)).toBe('certificate_missing')
    // The proxy's certificate never counts as the caller's.
    expect(await outcome(hop, {}, proxyOwn)).toBe('binding_certificate_missing')
  })

  it('is accepted in a header with a random name', async () => {
    const hop = { header, headerNameAlone: true }
    expect(await outcome(hop, { [header]: certificate() })).toBe('ok')
    expect(await outcome(hop, forwarded())).toBe('binding_certificate_missing')
  })
})

describe('the hop option', () => {
  const cases: [name: string, source: SourceName, hop: HopOptions | undefined, problem: string][] =
    [
      ['none', 'nginx', undefined, 'any client could send a certificate'],
      ['nothing', 'nginx', {}, 'any client could send a certificate'],
      [
        'a header without proxy authentication',
        'nginx',
        { header },
        'any client could send a certificate',
      ],
      [
        'only a header name that can be guessed',
        'nginx',
        { header: 'X-Client-Cert', headerNameAlone: true },
        'random hop.header',
      ],
      [
        'headerNameAlone without a header name',
        'nginx',
        { headerNameAlone: true },
        'random hop.header',
      ],
      ['a short credential', 'nginx', { credential: 'secret' }, '32 random characters'],
      [
        'a credential that a person made up',
        'nginx',
        { credential: 'correct-horse-battery-staple-and-more' },
        '32 random characters',
      ],
      [
        "the token's own header",
        'nginx',
        { credential, credentialHeader: 'Authorization' },
        'holds the access token',
      ],
      ['no thumbprint', 'nginx', { certificates: ['AA'] }, 'x5t#S256'],
      ['no thumbprints', 'nginx', { certificates: [] }, 'x5t#S256'],
      ['a source without a default header', 'connect2id', { credential }, 'has no default header'],
      ['an invalid name', 'nginx', { credential, header: 'a b' }, 'the name of a header'],
      ['a hop for the edge', 'cloudflare', { credential }, 'only for a source that reads a header'],
      ['an unknown source', 'squid' as SourceName, { credential }, 'want cloudflare, rfc9440'],
    ]
  it.each(cases)('%s is refused', (_, source, hop, problem) => {
    const made = clientCertificate(source, hop)
    if (made.ok) throw new Error('accepted')
    expect(made.error.join('\n')).toContain(problem)
    expect(made.error.join('\n')).not.toContain(credential)
  })

  it.each<[SourceName, HopOptions | undefined]>([
    ['cloudflare', undefined],
    ['nginx', { credential }],
    ['nginx', { header, credential }],
    ['connect2id', { header, credential }],
  ])('%s with %j is accepted', (source, hop) => {
    expect(clientCertificate(source, hop).ok).toBe(true)
  })
})
