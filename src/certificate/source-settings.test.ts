import { describe, expect, it } from 'vitest'
import { parseSourceSettings, type SourceEnv, type SourceSettings } from './source-settings.ts'

const hosts = { issuer: 'as.example.com', mtls: 'mtls.example.com' }
const header = 'Cert-9f86d081884c7d659a2feaa0c55ad015'
const secret = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'
const older = 'fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13'
const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

/** nginx in front of the host that asks for certificates. */
const valid = { CERTIFICATE_SOURCE: 'nginx', PROXY_CREDENTIAL: secret }
const parsed: SourceSettings = {
  sources: new Map([
    ['as.example.com', 'cloudflare'],
    ['mtls.example.com', 'nginx'],
  ]),
  header: null,
  proxy: {
    credential: { header: 'Certbound-Proxy-Credential', values: [secret] },
    certificate: null,
  },
  addressHeader: null,
}

function parse(env: SourceEnv): SourceSettings | readonly string[] {
  const problems: string[] = []
  const settings = parseSourceSettings(env, hosts, problems)
  return problems.length === 0 ? settings : problems
}

const proxy = (change: Partial<NonNullable<SourceSettings['proxy']>>) => ({
  proxy: { credential: null, certificate: null, ...change },
})
const credential = (name: string, ...values: string[]) =>
  proxy({ credential: { header: name, values } })
const pinned = proxy({ certificate: { by: 'thumbprint', thumbprints: [thumbprint] } })
const headerNameOnly = {
  ...{ CERTIFICATE_HEADER: header, PROXY_CREDENTIAL: '' },
  CERTIFICATE_HEADER_ALONE: 'header names show up in logs',
}
const defaultHeader = 'Certbound-Proxy-Credential'
const hostsTo = (source: 'nginx', count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}.example.com`, source]))
const bySubject = { PROXY_TRUST_ANCHOR_SET: 'proxies', PROXY_SUBJECT_DN: 'CN=nginx,O=We' }
const sources = (...more: [string, 'cloudflare' | 'nginx' | 'envoy'][]) => ({
  sources: new Map([...parsed.sources, ...more]),
})

describe('right settings', () => {
  it.each<[change: SourceEnv, to: Partial<SourceSettings>]>([
    [{}, {}],
    [{ CERTIFICATE_HEADER: header }, { header }],
    [{ PROXY_CREDENTIAL: `${secret}\n` }, {}],
    [{ PROXY_CREDENTIAL_PREVIOUS: older }, credential('Certbound-Proxy-Credential', secret, older)],
    [{ PROXY_CREDENTIAL_HEADER: 'X-Ours' }, credential('X-Ours', secret)],
    [
      { PROXY_CREDENTIAL_HEADER: 'Authorization', PROXY_CREDENTIAL: `nginx:${secret}` },
      credential('Authorization', `Basic ${btoa(`nginx:${secret}`)}`),
    ],
    [{ PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: thumbprint }, pinned],
    [
      { PROXY_CERTIFICATES: ` ${thumbprint}\n` },
      {
        proxy: {
          ...parsed.proxy,
          ...pinned.proxy,
          ...{ credential: parsed.proxy?.credential ?? null },
        },
      },
    ],
    [
      { PROXY_CREDENTIAL: '', ...bySubject },
      proxy({
        certificate: { by: 'subject', trustAnchorSet: 'proxies', subjectDn: 'CN=nginx,O=We' },
      }),
    ],
    [headerNameOnly, { header, proxy: null }],
    [{ PROXY_ADDRESS_HEADER: 'X-Real-IP' }, { addressHeader: 'X-Real-IP' }],
    [
      { CERTIFICATE_SOURCES: { 'hop.example.com:8443': 'envoy' } },
      sources(['hop.example.com:8443', 'envoy']),
    ],
    [{ CERTIFICATE_SOURCES: '{"as.example.com":"nginx"}' }, sources(['as.example.com', 'nginx'])],
    [{ CERTIFICATE_SOURCE: '', CERTIFICATE_SOURCES: { 'mtls.example.com': 'nginx' } }, {}],
    [
      { CERTIFICATE_SOURCE: 'cloudflare', PROXY_CREDENTIAL: '' },
      { ...sources(['mtls.example.com', 'cloudflare']), proxy: null },
    ],
    [{ CERTIFICATE_SOURCES: {} }, {}],
    [
      { CERTIFICATE_SOURCES: hostsTo('nginx', 32) },
      sources(...Object.entries(hostsTo('nginx', 32))),
    ],
    [{ CERTIFICATE_SOURCES: { 'mtls.example.com': 'nginx' } }, {}],
    [
      { PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: Array(16).fill(thumbprint).join('\n') },
      proxy({ certificate: { by: 'thumbprint', thumbprints: Array(16).fill(thumbprint) } }),
    ],
    [
      { PROXY_CREDENTIAL: '', ...bySubject, PROXY_TRUST_ANCHOR_SET: 'a'.repeat(64) },
      proxy({
        certificate: { by: 'subject', trustAnchorSet: 'a'.repeat(64), subjectDn: 'CN=nginx,O=We' },
      }),
    ],
    [
      { PROXY_CREDENTIAL: `${secret.slice(0, 32)}` },
      credential(defaultHeader, secret.slice(0, 32)),
    ],
    [
      { PROXY_CREDENTIAL: secret.padEnd(512, '-') },
      credential(defaultHeader, secret.padEnd(512, '-')),
    ],
    [{ PROXY_ADDRESS_HEADER: `A${'b'.repeat(99)}` }, { addressHeader: `A${'b'.repeat(99)}` }],
    [{ PROXY_ADDRESS_HEADER: 'X-Forwarded-For-Us' }, { addressHeader: 'X-Forwarded-For-Us' }],
  ])('%j', (change, to) => expect(parse({ ...valid, ...change })).toEqual({ ...parsed, ...to }))
})

describe('wrong settings', () => {
  const fourNames = /^CERTIFICATE_HEADER, its chain, .*: want four different names$/
  const unproven =
    /^nginx: anyone could send its header: set PROXY_CREDENTIAL \(make one with .*\) or PROXY_CERT/
  it.each<[change: SourceEnv, problem: RegExp]>([
    [{ PROXY_CREDENTIAL: undefined }, unproven],
    [{ PROXY_CREDENTIAL: '', CERTIFICATE_HEADER: header }, unproven],
    [{ CERTIFICATE_HEADER: 'X-Client-Cert' }, /^CERTIFICATE_HEADER: want 32 to 100/],
    [{ CERTIFICATE_HEADER: `${header}_x` }, /^CERTIFICATE_HEADER: want 32 to 100/],
    [{ CERTIFICATE_HEADER: 'X-Client-Certificate-Of-Our-Partners' }, /^CERTIFICATE_HEADER: want/],
    [{ CERTIFICATE_HEADER_ALONE: 'yes' }, /^CERTIFICATE_HEADER_ALONE: want nothing, or "header/],
    [
      { ...headerNameOnly, PROXY_CREDENTIAL: secret },
      /^CERTIFICATE_HEADER_ALONE: has no effect beside/,
    ],
    [
      { ...headerNameOnly, PROXY_CERTIFICATES: thumbprint },
      /^CERTIFICATE_HEADER_ALONE: has no effect/,
    ],
    [
      { ...headerNameOnly, ...bySubject },
      /^CERTIFICATE_HEADER_ALONE: has no effect beside another proof/,
    ],
    [
      { ...headerNameOnly, CERTIFICATE_HEADER: '' },
      /^CERTIFICATE_HEADER: with CERTIFICATE_HEADER_ALONE/,
    ],
    [
      { ...headerNameOnly, CERTIFICATE_SOURCE: 'ingress-nginx' },
      /^CERTIFICATE_HEADER: with .*ingress-nginx must let you choose the name of its header$/,
    ],
    [
      { CERTIFICATE_SOURCE: 'connect2id' },
      /^CERTIFICATE_HEADER: connect2id has no default header; make one with/,
    ],
    [
      { PROXY_CREDENTIAL: '', PROXY_CREDENTIAL_PREVIOUS: older, PROXY_CERTIFICATES: thumbprint },
      /^PROXY_CREDENTIAL_PREVIOUS: needs PROXY_CREDENTIAL$/,
    ],
    [
      { CERTIFICATE_SOURCE: 'ngnix', PROXY_CREDENTIAL: '' },
      /^CERTIFICATE_SOURCE: want one of cloud/,
    ],
    [
      { PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: thumbprint, ...{ PROXY_SUBJECT_DN: 'CN=a' } },
      /^PROXY_CERTIFICATES: use either this, or/,
    ],
    [
      { PROXY_CERTIFICATES: 7 },
      /^PROXY_CERTIFICATES: want 1 to 16 x5t#S256, as "npx certbound cert/,
    ],
    [{ PROXY_CREDENTIAL: 7 }, /^PROXY_CREDENTIAL: want 32 to 512 random letters/],
    [{ PROXY_SUBJECT_DN: 7, PROXY_TRUST_ANCHOR_SET: 'proxies' }, /^PROXY_SUBJECT_DN: want the sub/],
    [{ ...bySubject, PROXY_TRUST_ANCHOR_SET: 'a'.repeat(65) }, /^PROXY_TRUST_ANCHOR_SET: want the/],
    [{ CERTIFICATE_SOURCES: null }, /^CERTIFICATE_SOURCES: want a table of at most 32/],
    [
      { CERTIFICATE_SOURCES: hostsTo('nginx', 33) },
      /^CERTIFICATE_SOURCES: want a table of at most/,
    ],
    [{ PROXY_CREDENTIAL_PREVIOUS: 'short' }, /^PROXY_CREDENTIAL_PREVIOUS: want 32 to 512/],
    [{ PROXY_CREDENTIAL_HEADER: 'Host' }, /^PROXY_CREDENTIAL_HEADER: want the name of a header/],
    ...['Proxy-Authorization', 'X-Client-Cert', 'ssl-client-verify', 'cf-ray'].map(
      (name): [SourceEnv, RegExp] => [
        { PROXY_CREDENTIAL_HEADER: name },
        /^PROXY_CREDENTIAL_HEADER: want the name of a header that means nothing else/,
      ],
    ),
    ...['Authorization', 'X-Client-Cert', 'CF-Connecting-IP'].map((name): [SourceEnv, RegExp] => [
      { PROXY_ADDRESS_HEADER: name },
      /^PROXY_ADDRESS_HEADER: want the name of a header that means nothing else/,
    ]),
    ...['X-Forwarded-For', 'forwarded'].map((name): [SourceEnv, RegExp] => [
      { PROXY_ADDRESS_HEADER: name },
      /^PROXY_ADDRESS_HEADER: clients write the beginning of .*orwarded(-For)?: have the proxy set/,
    ]),
    [{ CERTIFICATE_HEADER: header, PROXY_CREDENTIAL_HEADER: header.toLowerCase() }, fourNames],
    [{ CERTIFICATE_HEADER: header, PROXY_CREDENTIAL_HEADER: `${header}-chain` }, fourNames],
    [{ CERTIFICATE_HEADER: header, PROXY_ADDRESS_HEADER: `${header}-Chain` }, fourNames],
    [{ PROXY_ADDRESS_HEADER: 'certbound-proxy-credential' }, fourNames],
    [{ PROXY_CREDENTIAL_HEADER: 'a b' }, /^PROXY_CREDENTIAL_HEADER: want the name of a header/],
    [{ PROXY_CREDENTIAL_HEADER: 'Authorization' }, /^PROXY_CREDENTIAL: want user:password/],
    [{ PROXY_CERTIFICATES: 'abc' }, /^PROXY_CERTIFICATES: want 1 to 16 x5t#S256/],
    [{ PROXY_CERTIFICATES: `${thumbprint} `.repeat(17) }, /^PROXY_CERTIFICATES: want 1 to 16/],
    [
      { ...bySubject, PROXY_CERTIFICATES: thumbprint },
      /^PROXY_CERTIFICATES: use either this, or PROXY_TRUST_ANCHOR_SET with/,
    ],
    [{ PROXY_TRUST_ANCHOR_SET: 'proxies' }, /^PROXY_TRUST_ANCHOR_SET: needs PROXY_SUBJECT_DN$/],
    [{ ...bySubject, PROXY_SUBJECT_DN: 'nginx' }, /^PROXY_SUBJECT_DN: want the subject/],
    [{ ...bySubject, PROXY_TRUST_ANCHOR_SET: 'a b' }, /^PROXY_TRUST_ANCHOR_SET: want the name/],
    [{ PROXY_SUBJECT_DN: 'CN=nginx' }, /^PROXY_SUBJECT_DN: needs PROXY_TRUST_ANCHOR_SET$/],
    [{ PROXY_ADDRESS_HEADER: `A${'b'.repeat(100)}` }, /^PROXY_ADDRESS_HEADER: want the name/],
    [{ PROXY_ADDRESS_HEADER: '1-A' }, /^PROXY_ADDRESS_HEADER: want the name of a header/],
    [{ PROXY_ADDRESS_HEADER: 7 }, /^PROXY_ADDRESS_HEADER: want the name of a header/],
    [{ PROXY_CREDENTIAL: secret.padEnd(513, '-') }, /^PROXY_CREDENTIAL: want 32 to 512/],
    [
      { PROXY_CREDENTIAL_HEADER: 'Authorization', PROXY_CREDENTIAL: `:${secret}` },
      /^PROXY_CREDENTIAL: want user:password with a random password of 32 to 512/,
    ],
    [
      { PROXY_CREDENTIAL_HEADER: 'Authorization', PROXY_CREDENTIAL: `${secret}:password` },
      /^PROXY_CREDENTIAL: want user:password/,
    ],
    [{ PROXY_ADDRESS_HEADER: 'Cookie' }, /^PROXY_ADDRESS_HEADER: want the name of a header/],
    [
      { PROXY_ADDRESS_HEADER: 'X-Real-IP', PROXY_CREDENTIAL: '', PROXY_CERTIFICATES: thumbprint },
      /^PROXY_ADDRESS_HEADER: needs PROXY_CREDENTIAL, or any client could set its address$/,
    ],
    [{ CERTIFICATE_SOURCES: ['nginx'] }, /^CERTIFICATE_SOURCES: want a table of at most 32/],
    [{ CERTIFICATE_SOURCES: '{' }, /^CERTIFICATE_SOURCES: want a table/],
    [{ CERTIFICATE_SOURCES: { 'A.example': 'nginx' } }, /^CERTIFICATE_SOURCES: A.example: want a/],
    [{ CERTIFICATE_SOURCES: { 'a/b': 'nginx' } }, /^CERTIFICATE_SOURCES: a\/b: want a host name/],
    [{ CERTIFICATE_SOURCES: { 'a.example:443': 'nginx' } }, /: a.example:443: want a host name/],
    [
      { CERTIFICATE_SOURCES: { 'a.example': 'ngnix' } },
      /^CERTIFICATE_SOURCES: a.example: want one/,
    ],
    [
      { CERTIFICATE_SOURCES: { 'mtls.example.com': 'envoy' } },
      /^CERTIFICATE_SOURCES: mtls.example.com: CERTIFICATE_SOURCE is nginx for the same host; empty CERTIFICATE_SOURCE, or/,
    ],
  ])('%j', (change, problem) => {
    expect(parse({ ...valid, ...change })).toEqual([expect.stringMatching(problem)])
  })

  it('reports every problem, with its host', () => {
    const env = {
      CERTIFICATE_SOURCES: { 'A.example': 'ngnix', 'a/b': 'nginx' },
      PROXY_CREDENTIAL: 'short',
      PROXY_CREDENTIAL_HEADER: 'Host',
      PROXY_CERTIFICATES: 'short',
      PROXY_ADDRESS_HEADER: 'Host',
    }
    const starts = parse({ ...valid, ...env })
    expect(Array.isArray(starts) && starts.map((problem) => problem.split(': want')[0])).toEqual([
      'CERTIFICATE_SOURCES: A.example',
      'CERTIFICATE_SOURCES: A.example',
      'CERTIFICATE_SOURCES: a/b',
      'PROXY_CREDENTIAL_HEADER',
      'PROXY_CREDENTIAL',
      'PROXY_CERTIFICATES',
      'PROXY_ADDRESS_HEADER',
    ])
  })

  it('reads nothing but the edge at unknown hosts', () => {
    const problems: string[] = []
    const unknown = { issuer: null, mtls: null }
    expect(parseSourceSettings({}, unknown, problems).sources).toEqual(new Map())
    expect(parseSourceSettings({}, hosts, problems).sources).toEqual(
      new Map(['as.example.com', 'mtls.example.com'].map((host) => [host, 'cloudflare'])),
    )
    expect(problems).toEqual([])
  })

  it.each<[name: 'PROXY_CREDENTIAL', text: string]>([
    ['PROXY_CREDENTIAL', 'correct horse battery staple certbound 2026'],
    ['PROXY_CREDENTIAL', secret.slice(0, 31)],
    ['PROXY_CREDENTIAL', `${secret},${secret}`],
    ['PROXY_CREDENTIAL', 'our-proxy-password-of-production-1'],
  ])('%s: %s, which it does not repeat', (name, text) => {
    const problems = parse({ ...valid, [name]: text })
    expect(problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/^PROXY_CREDENTIAL: want 32 to 512/)]),
    )
    expect(JSON.stringify(problems)).not.toContain(text)
  })
})
