import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config.ts'
import { placeholderSecrets, publicSecrets, secretNames, secretNeeds } from './secrets.ts'
import type { WranglerConfig } from './wrangler-config.ts'

type Vars = WranglerConfig['vars']
const behindNginx: Vars = { ISSUER: 'https://as.acme.net', CERTIFICATE_SOURCE: 'nginx' }
const pinned = { PROXY_CERTIFICATES: 'sVrIgvNk83CJm_QaxYoT-RcQPtjPn93nw5dEbtyK7-0' }
const headerNameOnly = { CERTIFICATE_HEADER_ALONE: 'header names show up in logs' }
const bySubject = { PROXY_TRUST_ANCHOR_SET: 'proxies', PROXY_SUBJECT_DN: 'CN=edge' }

const needs = (vars: Vars, known: readonly string[] | null) => secretNeeds({ vars }, known)
const namesOf = (vars: Vars) => needs(vars, null).needed.map(({ name }) => name)

describe('secretNeeds', () => {
  const cases: [name: string, change: Vars, needed: readonly string[]][] = [
    ['a header source', {}, ['PROXY_CREDENTIAL']],
    ['no header source', { CERTIFICATE_SOURCE: 'cloudflare' }, []],
    [
      'a header source of another host',
      { CERTIFICATE_SOURCE: '', CERTIFICATE_SOURCES: { 'a.b': 'nginx' } },
      ['PROXY_CREDENTIAL'],
    ],
    ['a certificate of the proxy', pinned, []],
    ['its subject', bySubject, []],
    [
      'a certificate and a header for a credential',
      { ...pinned, PROXY_CREDENTIAL_HEADER: 'X-Proof' },
      ['PROXY_CREDENTIAL'],
    ],
    [
      'a certificate and a header for addresses',
      { ...pinned, PROXY_ADDRESS_HEADER: 'X-Real-IP' },
      ['PROXY_CREDENTIAL'],
    ],
    ['only the name of the header', headerNameOnly, ['CERTIFICATE_HEADER']],
    [
      'a source without a default header',
      { CERTIFICATE_SOURCE: 'connect2id' },
      ['PROXY_CREDENTIAL', 'CERTIFICATE_HEADER'],
    ],
  ]
  it.each(cases)('%s', (_, change, needed) => {
    const vars = { ...behindNginx, ...change }
    expect(namesOf(vars)).toEqual(['KEY_ENCRYPTION_KEY', ...needed])
    // The Worker accepts the configuration with all needed secrets, and not with fewer.
    const own = ['KEY_ENCRYPTION_KEY', ...needed]
    expect(parseConfig({ ...vars, ...placeholderSecrets(own) }).ok).toBe(true)
    for (const name of own) {
      const fewer = own.filter((one) => one !== name)
      const served = parseConfig({ ...vars, ...placeholderSecrets(fewer) }).ok
      expect(served, `without ${name}`).toBe(
        change.PROXY_CREDENTIAL_HEADER !== undefined && name === 'PROXY_CREDENTIAL',
      )
    }
  })
  it.each([
    ['a credential', {}, ['PROXY_CREDENTIAL']],
    ['a certificate', pinned, []],
    ['a header for a credential', { PROXY_CREDENTIAL_HEADER: 'X-Proof' }, []],
  ])('refuses the header name as the only protection beside %s', (_, change, known) => {
    const vars = { ...behindNginx, ...headerNameOnly, ...change }
    const set = [...known, ...needs(vars, known).needed.map(({ name }) => name)]
    expect(parseConfig({ ...vars, ...placeholderSecrets(set) })).toEqual({
      ok: false,
      error: ['CERTIFICATE_HEADER_ALONE: has no effect beside another proof; delete it'],
    })
  })
  it('makes a credential in the form of its header', () => {
    const how = (vars: Vars) => needs({ ...behindNginx, ...vars }, null).needed[1]?.how
    expect(how({})).toBe('certbound proxy credential')
    expect(how({ PROXY_CREDENTIAL_HEADER: 'Authorization' })).toMatch(/ --user NAME$/)
  })
  it('advises a random header name if the source allows one', () => {
    const advice = (vars: Vars, known: readonly string[] | null) =>
      needs({ ...behindNginx, ...vars }, known).advice
    const advised = [expect.stringMatching(/^advised: CERTIFICATE_HEADER, .* nginx; `certbound/)]
    expect(advice({}, null)).toEqual(advised)
    expect(advice({}, ['PROXY_CREDENTIAL'])).toEqual(advised)
    expect(advice({}, ['CERTIFICATE_HEADER'])).toEqual([])
    expect(advice({ CERTIFICATE_SOURCE: 'envoy' }, [])).toEqual([])
    expect(advice(headerNameOnly, null)).toEqual([])
  })
  it('reports unused secrets', () => {
    const known = ['CERTIFICATE_HEADER', 'PROXY_CREDENTIAL', 'PROXY_CREDENTIAL_PREVIOUS']
    expect(needs(behindNginx, known).advice).toEqual([
      expect.stringMatching(/^PROXY_CREDENTIAL_PREVIOUS is set: delete it/),
    ])
    expect(needs({ ISSUER: 'https://as.acme.net' }, known.slice(0, 1)).advice).toEqual([
      'the secret CERTIFICATE_HEADER is set, but no host reads a header',
    ])
  })
})

describe('publicSecrets', () => {
  it.each(secretNames)('reports %s', (name) => {
    const words = publicSecrets({
      vars: { ...behindNginx, [name]: 'x' },
    })
    expect(words).toEqual([
      `vars.${name}: a secret; store it with \`npx wrangler secret put ${name}\``,
    ])
  })
  it('reports nothing without secrets', () => {
    expect(publicSecrets({ vars: behindNginx })).toEqual([])
  })
})

describe('placeholderSecrets', () => {
  it('are accepted by the parser, also as HTTP Basic', () => {
    for (const header of ['', 'Authorization']) {
      const vars = {
        ...behindNginx,
        PROXY_CREDENTIAL_HEADER: header,
        ...placeholderSecrets(secretNames),
      }
      expect(parseConfig(vars)).toMatchObject({ ok: true })
    }
  })
})
