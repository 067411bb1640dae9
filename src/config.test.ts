import { describe, expect, it } from 'vitest'
import { certificateSourceNames } from './certificate/source-settings.ts'
import { type Config, parseConfig, unknownVariable, variableNames } from './config.ts'
import { toBase64url } from './encoding/base64.ts'
import { signingAlgs } from './oauth/signing-algs.ts'

const secret = toBase64url(new Uint8Array(32).fill(7))
const older = toBase64url(new Uint8Array(32).fill(8))

/** What wrangler.toml has, and the secret. */
const valid = {
  ISSUER: 'https://as.example.com',
  MTLS_ORIGIN: 'https://mtls.as.example.com',
  TOKEN_TTL: '300',
  SIGNING_ALG: 'ES256',
  CERTIFICATE_SOURCE: 'cloudflare',
  CLIENT_MEMORY: '30',
  STALE_IF_ERROR: '300',
  SCOPES_SUPPORTED: '',
  SERVICE_DOCUMENTATION: '',
  KEY_ENCRYPTION_KEY: secret,
}

/** The edge's own certificates at these hosts. */
function edgeAt(...hosts: readonly string[]): Pick<Config, 'certificates'> {
  const sources = new Map(hosts.map((host) => [host, 'cloudflare'] as const))
  return { certificates: { sources, header: null, proxy: null, addressHeader: null } }
}

const parsed: Config = {
  issuer: 'https://as.example.com',
  basePath: '',
  mtlsOrigin: 'https://mtls.as.example.com',
  tokenTtl: 300,
  signingAlg: 'ES256',
  ...edgeAt('as.example.com', 'mtls.as.example.com'),
  clientMemory: 30,
  staleIfError: 300,
  scopesSupported: [],
  serviceDocumentation: null,
  keyEncryptionKeys: { current: new Uint8Array(32).fill(7), previous: null },
}

type Change = Readonly<Record<string, unknown>>

it('parses what wrangler.toml has', () => {
  expect(parseConfig(valid)).toEqual({ ok: true, value: parsed })
})

it('has defaults for all but the issuer and the key', () => {
  const { ISSUER, KEY_ENCRYPTION_KEY } = valid
  expect(parseConfig({ ISSUER, KEY_ENCRYPTION_KEY })).toEqual({
    ok: true,
    value: { ...parsed, mtlsOrigin: 'https://as.example.com', ...edgeAt('as.example.com') },
  })
})

it.each(variableNames)('reads %s', (name) => {
  const read = parseConfig({ ...valid, [name]: [] })
  expect(read.ok ? [] : read.error).toEqual([expect.stringMatching(`^${name}: `)])
})

describe('another valid value', () => {
  const path = { issuer: 'https://as.example.com/a/b-1', basePath: '/a/b-1' }
  it.each<[change: Change, to: Partial<Config>]>([
    [{ ISSUER: 'https://as.example.com/a/b-1' }, path],
    [
      { ISSUER: 'https://as.example.com:8443' },
      {
        issuer: 'https://as.example.com:8443',
        ...edgeAt('as.example.com:8443', 'mtls.as.example.com'),
      },
    ],
    [{ MTLS_ORIGIN: '' }, { mtlsOrigin: 'https://as.example.com', ...edgeAt('as.example.com') }],
    [{ TOKEN_TTL: '30' }, { tokenTtl: 30 }],
    [{ TOKEN_TTL: '3600' }, { tokenTtl: 3600 }],
    [{ TOKEN_TTL: 60 }, { tokenTtl: 60 }],
    [{ TOKEN_TTL: '' }, { tokenTtl: 300 }],
    [{ CLIENT_MEMORY: '1' }, { clientMemory: 1 }],
    [{ CLIENT_MEMORY: '300' }, { clientMemory: 300 }],
    [{ STALE_IF_ERROR: '0' }, { staleIfError: 0 }],
    [{ STALE_IF_ERROR: '3600' }, { staleIfError: 3600 }],
    ...signingAlgs.map((alg): [Change, Partial<Config>] => [
      { SIGNING_ALG: alg },
      { signingAlg: alg },
    ]),
    [{ SCOPES_SUPPORTED: 'read write' }, { scopesSupported: ['read', 'write'] }],
    [
      { SERVICE_DOCUMENTATION: 'https://docs.example.com/x' },
      { serviceDocumentation: 'https://docs.example.com/x' },
    ],
    [
      { KEY_ENCRYPTION_KEY_PREVIOUS: older },
      {
        keyEncryptionKeys: {
          current: new Uint8Array(32).fill(7),
          previous: new Uint8Array(32).fill(8),
        },
      },
    ],
    [{ KEY_ENCRYPTION_KEY: `${secret}\n` }, {}],
    [{ KEY_ENCRYPTION_KEY_PREVIOUS: '' }, {}],
  ])('%j', (change, to) => {
    expect(parseConfig({ ...valid, ...change })).toEqual({ ok: true, value: { ...parsed, ...to } })
  })
})

const url = (name: string) =>
  `${name}: want an https URL in lower case, without query, fragment, user or trailing slash`
const key = (name: string) =>
  `${name}: want 32 octets in base64url: make one with "npx certbound key-encryption-key generate"`

describe('one invalid value', () => {
  it.each<[change: Change, problem: string]>([
    [{ ISSUER: undefined }, url('ISSUER')],
    [{ ISSUER: '' }, url('ISSUER')],
    [{ ISSUER: 7 }, url('ISSUER')],
    [{ ISSUER: 'as.example.com' }, url('ISSUER')],
    [{ ISSUER: 'http://as.example.com' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com/' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com/a/' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com/a?b' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com/a#b' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com?' }, url('ISSUER')],
    [{ ISSUER: 'https://AS.example.com' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com:443' }, url('ISSUER')],
    [{ ISSUER: 'https://user@as.example.com' }, url('ISSUER')],
    [{ ISSUER: 'https://as.example.com/a/../b' }, url('ISSUER')],
    [{ ISSUER: ' https://as.example.com' }, url('ISSUER')],
    [{ ISSUER: 'https://münchen.example' }, url('ISSUER')],
    // A router would read these as patterns.
    ...['/:tenant', '/a*', '/a%20b', '//a', '/a//b'].map((path): [Change, string] => [
      { ISSUER: `https://as.example.com${path}` },
      'ISSUER: want a path of letters, digits and . _ ~ - only',
    ]),
    [{ MTLS_ORIGIN: 'mtls.as.example.com' }, url('MTLS_ORIGIN')],
    [{ MTLS_ORIGIN: 'https://mtls.as.example.com/' }, url('MTLS_ORIGIN')],
    [
      { MTLS_ORIGIN: 'https://mtls.as.example.com/a' },
      'MTLS_ORIGIN: want scheme and host only, no path',
    ],
    [{ KEY_ENCRYPTION_KEY: undefined }, key('KEY_ENCRYPTION_KEY')],
    [{ KEY_ENCRYPTION_KEY: '' }, key('KEY_ENCRYPTION_KEY')],
    [{ KEY_ENCRYPTION_KEY: secret.slice(1) }, key('KEY_ENCRYPTION_KEY')],
    [{ KEY_ENCRYPTION_KEY: `${secret}AA` }, key('KEY_ENCRYPTION_KEY')],
    [{ KEY_ENCRYPTION_KEY: `${secret}=` }, key('KEY_ENCRYPTION_KEY')],
    [{ KEY_ENCRYPTION_KEY_PREVIOUS: 'short' }, key('KEY_ENCRYPTION_KEY_PREVIOUS')],
    ...['29', '3601', '1.5', 'five', '-300', '3e2', '0x12c', ' 300', true, [300], null].map(
      (value): [Change, string] => [{ TOKEN_TTL: value }, 'TOKEN_TTL: want 30 to 3600 seconds'],
    ),
    [{ CLIENT_MEMORY: '0' }, 'CLIENT_MEMORY: want 1 to 300 seconds'],
    [{ CLIENT_MEMORY: '301' }, 'CLIENT_MEMORY: want 1 to 300 seconds'],
    [{ STALE_IF_ERROR: '-1' }, 'STALE_IF_ERROR: want 0 to 3600 seconds'],
    [{ STALE_IF_ERROR: '3601' }, 'STALE_IF_ERROR: want 0 to 3600 seconds'],
    [{ SIGNING_ALG: 'es256' }, 'SIGNING_ALG: want one of ES256, PS256, RS256, EdDSA'],
    [{ SIGNING_ALG: 'HS256' }, 'SIGNING_ALG: want one of ES256, PS256, RS256, EdDSA'],
    [
      { CERTIFICATE_SOURCE: 'header' },
      `CERTIFICATE_SOURCE: want one of ${certificateSourceNames.join(', ')}`,
    ],
    [
      { SCOPES_SUPPORTED: 'read  write' },
      'SCOPES_SUPPORTED: want scope tokens separated by single spaces',
    ],
    [{ SCOPES_SUPPORTED: 7 }, 'SCOPES_SUPPORTED: want scope tokens separated by single spaces'],
    [{ SERVICE_DOCUMENTATION: 'docs' }, 'SERVICE_DOCUMENTATION: want an http or https URL'],
    [
      { SERVICE_DOCUMENTATION: 'javascript:alert(1)' },
      'SERVICE_DOCUMENTATION: want an http or https URL',
    ],
    [{ SERVICE_DOCUMENTATION: 7 }, 'SERVICE_DOCUMENTATION: want an http or https URL'],
  ])('%j', (change, problem) => {
    expect(parseConfig({ ...valid, ...change })).toEqual({ ok: false, error: [problem] })
  })
})

describe('several invalid values', () => {
  const secrets = ['not-a-key-but-secret', 'another-secret']
  const outcome = parseConfig({
    ISSUER: 'http://x',
    MTLS_ORIGIN: 'x',
    TOKEN_TTL: 'x',
    SIGNING_ALG: 'x',
    CERTIFICATE_SOURCE: 'x',
    CLIENT_MEMORY: 'x',
    STALE_IF_ERROR: 'x',
    SCOPES_SUPPORTED: '"',
    SERVICE_DOCUMENTATION: 'x',
    KEY_ENCRYPTION_KEY: secrets[0],
    KEY_ENCRYPTION_KEY_PREVIOUS: secrets[1],
  })
  const problems = outcome.ok ? [] : outcome.error

  it('are all reported', () => {
    expect(problems.map((problem) => problem.split(':')[0]).toSorted()).toEqual([
      'CERTIFICATE_SOURCE',
      'CLIENT_MEMORY',
      'ISSUER',
      'KEY_ENCRYPTION_KEY',
      'KEY_ENCRYPTION_KEY_PREVIOUS',
      'MTLS_ORIGIN',
      'SCOPES_SUPPORTED',
      'SERVICE_DOCUMENTATION',
      'SIGNING_ALG',
      'STALE_IF_ERROR',
      'TOKEN_TTL',
    ])
  })

  it('are reported without a secret', () => {
    for (const text of secrets) expect(problems.join()).not.toContain(text)
  })
})

describe('the name of a variable', () => {
  it('knows each variable', () => {
    expect(variableNames.map(unknownVariable).filter((problem) => problem !== null)).toEqual([])
  })
  it.each([
    ['TOKEN_TT', 'TOKEN_TT: no variable of the Worker; did you mean TOKEN_TTL?'],
    ['ISUSER', 'ISUSER: no variable of the Worker; did you mean ISSUER?'],
    ['SOMETHING_ELSE', 'SOMETHING_ELSE: no variable of the Worker'],
  ])('does not know %s', (name, problem) => {
    expect(unknownVariable(name)).toBe(problem)
  })
})
