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
import { evidenceOf, type HopOptions, type SourceName } from './evidence.ts'
import { createVerifier } from './verifier.ts'

const credential = 'Hq3vN8sYt2KbXw6ZrLd0fGjP1mCeUa7iSoTy4xBkQ5E'
const next = 'vR7pZ2mXc9LqTd4WnYb6HsKf1gJaEu8oIx3BwV5tCy0'
const header = 'Certbound-3f9a1c7e5b2d8046a1f3c5e7092b4d68'

let own: Presented
let hopOwn: Presented
let token: string
let web: ReturnType<typeof issuerWeb>

beforeAll(async () => {
  own = await selfSignedCertificate(now)
  hopOwn = await selfSignedCertificate(now)
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
  const conveyed = () => ({ 'x-client-cert': certificate() })

  it('counts with the credential of the proxy', async () => {
    const ask = (more: Record<string, string>) =>
      outcome({ credential }, { ...conveyed(), ...more })
    expect(await ask({ [proof]: credential })).toBe('ok')
    expect(await ask({})).toBe('credential_missing')
    expect(await ask({ [proof]: next })).toBe('credential_wrong')
    expect(await ask({ [proof]: `${credential}, ${credential}` })).toBe('credential_repeated')
  })

  it('counts with the old credential and the new one, in a header of choice', async () => {
    const hop = { credential: [credential, next], credentialHeader: 'x-hop' }
    expect(await outcome(hop, { ...conveyed(), 'x-hop': credential })).toBe('ok')
    expect(await outcome(hop, { ...conveyed(), 'x-hop': next })).toBe('ok')
    expect(await outcome(hop, { ...conveyed(), [proof]: next })).toBe('credential_missing')
  })

  it('counts with HTTP Basic', async () => {
    const hop = { credential: `proxy:${credential}`, credentialHeader: 'Proxy-Authorization' }
    const basic = `Basic ${btoa(`proxy:${credential}`)}`
    expect(await outcome(hop, { ...conveyed(), 'proxy-authorization': basic })).toBe('ok')
    expect(await outcome(hop, { ...conveyed(), 'proxy-authorization': `${basic}=` })).toBe(
      'credential_wrong',
    )
  })

  it('counts with the own certificate of the proxy', async () => {
    const hop = { certificates: [await thumbprint(hopOwn.leaf)] }
    expect(await outcome(hop, conveyed(), hopOwn)).toBe('ok')
    expect(await outcome(hop, conveyed(), own)).toBe('certificate_wrong')
    expect(await outcome(hop, conveyed(), null)).toBe('certificate_missing')
    // Which is never the caller's.
    expect(await outcome(hop, {}, hopOwn)).toBe('binding_certificate_missing')
  })

  it('counts in a header that nobody can guess', async () => {
    const hop = { header, headerNameAlone: true }
    expect(await outcome(hop, { [header]: certificate() })).toBe('ok')
    expect(await outcome(hop, conveyed())).toBe('binding_certificate_missing')
  })
})

describe('settings of a hop', () => {
  const cases: [name: string, source: SourceName, hop: HopOptions | undefined, problem: string][] =
    [
      ['none', 'nginx', undefined, 'anybody can write one'],
      ['nothing', 'nginx', {}, 'anybody can write one'],
      ['a header alone', 'nginx', { header }, 'anybody can write one'],
      [
        'a header alone that can be guessed',
        'nginx',
        { header: 'X-Client-Cert', headerNameAlone: true },
        'random hop.header',
      ],
      ['no header alone', 'nginx', { headerNameAlone: true }, 'random hop.header'],
      ['a short credential', 'nginx', { credential: 'secret' }, '32 random characters'],
      [
        'a credential by hand',
        'nginx',
        { credential: 'correct-horse-battery-staple-and-more' },
        '32 random characters',
      ],
      [
        'the header of the token',
        'nginx',
        { credential, credentialHeader: 'Authorization' },
        'holds the access token',
      ],
      ['no thumbprint', 'nginx', { certificates: ['AA'] }, 'x5t#S256'],
      ['no thumbprints', 'nginx', { certificates: [] }, 'x5t#S256'],
      ['a source that wants a name', 'connect2id', { credential }, 'has no usual header'],
      ['a name that is none', 'nginx', { credential, header: 'a b' }, 'the name of a header'],
      ['one for the edge', 'cloudflare', { credential }, 'only a source that reads a header'],
      ['an unknown source', 'squid' as SourceName, { credential }, 'want cloudflare, rfc9440'],
    ]
  it.each(cases)('%s is refused', (_, source, hop, problem) => {
    const made = evidenceOf(source, hop)
    if (made.ok) throw new Error('taken')
    expect(made.error.join('\n')).toContain(problem)
    expect(made.error.join('\n')).not.toContain(credential)
  })

  it.each<[SourceName, HopOptions | undefined]>([
    ['cloudflare', undefined],
    ['nginx', { credential }],
    ['nginx', { header, credential }],
    ['connect2id', { header, credential }],
  ])('%s with %j is taken', (source, hop) => {
    expect(evidenceOf(source, hop).ok).toBe(true)
  })
})
