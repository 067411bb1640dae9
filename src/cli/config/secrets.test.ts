import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import type { Deployment } from './deployment.ts'
import { secretNames, secretNeeds, secretsInTheOpen, standIns } from './secrets.ts'

type Vars = Deployment['vars']
const behindNginx: Vars = { ISSUER: 'https://as.acme.net', CERTIFICATE_SOURCE: 'nginx' }
const pinned = { PROXY_CERTIFICATES: 'sVrIgvNk83CJm_QaxYoT-RcQPtjPn93nw5dEbtyK7-0' }
const alone = { CERTIFICATE_HEADER_ALONE: 'header names show up in logs' }
const bySubject = { PROXY_TRUST_ANCHOR_SET: 'proxies', PROXY_SUBJECT_DN: 'CN=edge' }

const needs = (vars: Vars, known: readonly string[] | null) =>
  secretNeeds({ vars } as Deployment, known)
const namesOf = (vars: Vars) => needs(vars, null).needed.map(({ name }) => name)

describe('secretNeeds', () => {
  const cases: [name: string, change: Vars, needed: readonly string[]][] = [
    ['a header source', {}, ['PROXY_CREDENTIAL']],
    ['no header source', { CERTIFICATE_SOURCE: 'cloudflare' }, []],
    [
      'one of a further host',
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
    ['the name of the header alone', alone, ['CERTIFICATE_HEADER']],
    [
      'a source without a usual header',
      { CERTIFICATE_SOURCE: 'connect2id' },
      ['PROXY_CREDENTIAL', 'CERTIFICATE_HEADER'],
    ],
  ]
  it.each(cases)('%s', (_, change, needed) => {
    const vars = { ...behindNginx, ...change }
    expect(namesOf(vars)).toEqual(['KEY_ENCRYPTION_KEY', ...needed])
    // With what is needed, and no less, the Worker serves.
    const own = ['KEY_ENCRYPTION_KEY', ...needed]
    expect(parseConfig({ ...vars, ...standIns(own) }).ok).toBe(true)
    for (const name of own) {
      const fewer = own.filter((one) => one !== name)
      const served = parseConfig({ ...vars, ...standIns(fewer) }).ok
      expect(served, `without ${name}`).toBe(
        change.PROXY_CREDENTIAL_HEADER !== undefined && name === 'PROXY_CREDENTIAL',
      )
    }
  })
  it.each([
    ['a credential', {}, ['PROXY_CREDENTIAL']],
    ['a certificate', pinned, []],
    ['a header for a credential', { PROXY_CREDENTIAL_HEADER: 'X-Proof' }, []],
  ])('has the name alone not beside %s', (_, change, known) => {
    const vars = { ...behindNginx, ...alone, ...change }
    const set = [...known, ...needs(vars, known).needed.map(({ name }) => name)]
    expect(parseConfig({ ...vars, ...standIns(set) })).toEqual({
      ok: false,
      error: ['CERTIFICATE_HEADER_ALONE: has no effect beside another proof; delete it'],
    })
  })
  it('makes a credential as its header has it', () => {
    const how = (vars: Vars) => needs({ ...behindNginx, ...vars }, null).needed[1]?.how
    expect(how({})).toBe('certbound proxy credential')
    expect(how({ PROXY_CREDENTIAL_HEADER: 'Authorization' })).toMatch(/ --user NAME$/)
  })
  it('advises a random name where one may be chosen and is not', () => {
    const advice = (vars: Vars, known: readonly string[] | null) =>
      needs({ ...behindNginx, ...vars }, known).advice
    const advised = [expect.stringMatching(/^advised: CERTIFICATE_HEADER, .* nginx; `certbound/)]
    expect(advice({}, null)).toEqual(advised)
    expect(advice({}, ['PROXY_CREDENTIAL'])).toEqual(advised)
    expect(advice({}, ['CERTIFICATE_HEADER'])).toEqual([])
    expect(advice({ CERTIFICATE_SOURCE: 'envoy' }, [])).toEqual([])
    expect(advice(alone, null)).toEqual([])
  })
  it('says what is left over', () => {
    const known = ['CERTIFICATE_HEADER', 'PROXY_CREDENTIAL', 'PROXY_CREDENTIAL_PREVIOUS']
    expect(needs(behindNginx, known).advice).toEqual([
      expect.stringMatching(/^PROXY_CREDENTIAL_PREVIOUS is set: delete it/),
    ])
    expect(needs({ ISSUER: 'https://as.acme.net' }, known.slice(0, 1)).advice).toEqual([
      'the secret CERTIFICATE_HEADER is set, and no host reads a header',
    ])
  })
})

describe('secretsInTheOpen', () => {
  it.each(secretNames)('names %s', (name) => {
    const words = secretsInTheOpen({
      vars: { ...behindNginx, [name]: 'x' },
    } as unknown as Deployment)
    expect(words).toEqual([
      `vars.${name}: a secret; put it with \`npx wrangler secret put ${name}\``,
    ])
  })
  it('says nothing where there is none', () => {
    expect(secretsInTheOpen({ vars: behindNginx } as Deployment)).toEqual([])
  })
})

describe('standIns', () => {
  it('are taken by the parser, as HTTP Basic too', () => {
    for (const header of ['', 'Authorization']) {
      const vars = { ...behindNginx, PROXY_CREDENTIAL_HEADER: header, ...standIns(secretNames) }
      expect(parseConfig(vars)).toMatchObject({ ok: true })
    }
  })
})
