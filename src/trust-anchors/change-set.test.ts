import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Identity,
  type IdentityRequest,
  mintIdentity,
} from '../../test/support/certificates.ts'
import { freshDatabase } from '../../test/support/worker/database.ts'
import { type Database, d1Database, query } from '../storage/database.ts'
import { parseCertificate } from '../x509/index.ts'
import { type CaCertificate, readCa } from './ca-certificate.ts'
import {
  addAnchors,
  addIntermediates,
  changeSettings,
  maxAnchors,
  maxIntermediates,
  removeMember,
  removeSet,
} from './change-set.ts'
import type { SettingsChange } from './settings.ts'
import { memberBy, readStoredSet } from './stored-set.ts'

const now = 1_800_000_000
const by = { who: 'tester', at: now }
const noChange: SettingsChange = { crlUrls: [], crlHosts: [], droppedCrlHosts: [] }
const validity = { notBefore: now - 3600, notAfter: now + 3600 }

const mint = (subject: string, request: Partial<IdentityRequest> = {}): Promise<Identity> =>
  mintIdentity({ ...validity, purpose: 'ca', subject, ...request })

async function caOf({ der }: Identity): Promise<CaCertificate> {
  const parsed = parseCertificate(der)
  const ca = parsed.ok ? await readCa(parsed.certificate) : null
  if (!ca?.ok) throw new Error('not a CA')
  return ca.value
}

const rootIdentity = await mint('CN=Root')
const root = await caOf(rootIdentity)
const issuing = await caOf(await mint('CN=Issuing', { issuer: rootIdentity }))
/** CAs that differ from a real one in their fingerprint only: limits count, and verify nothing. */
const many = (count: number, like: CaCertificate): CaCertificate[] =>
  Array.from({ length: count }, (_, i) => ({ ...like, sha256: i.toString(16).padStart(64, '0') }))

let database: Database
beforeEach(async () => {
  database = d1Database(await freshDatabase())
})

const whyOf = (result: { ok: true } | { ok: false; error: { why: string } }): string | null =>
  result.ok ? null : result.error.why

const audits = async () =>
  (await query(database, 'SELECT what FROM audit ORDER BY id')).map(({ what }) => what)

const useSet = () =>
  query(
    database,
    `INSERT INTO clients (client_id, version, enabled, client_name, token_endpoint_auth_method,
      trust_anchor_set, subject_attribute, subject_value, subject_key, scope, resources,
      tls_client_certificate_bound_access_tokens, created_at, updated_at)
    VALUES ('a', 1, 1, 'a', 'tls_client_auth', 'set', 'tls_client_auth_san_dns', 'a.b', 'a.b', '',
      '["https://api.example.com"]', 1, 1, 1)`,
  )

describe('readCa', () => {
  const cases: [name: string, request: Partial<IdentityRequest>, why: string | null][] = [
    ['a root', {}, null],
    ['a CA below a root', { issuer: rootIdentity }, null],
    ['a leaf', { issuer: rootIdentity, purpose: 'client' }, 'not_a_ca'],
    ['a self-signed leaf', { purpose: 'client' }, 'not_a_ca'],
  ]
  it.each(cases)('%s', async (_, request, why) => {
    const parsed = parseCertificate((await mint('CN=One', request)).der)
    if (!parsed.ok) throw new Error(parsed.reason)
    expect(whyOf(await readCa(parsed.certificate))).toBe(why)
  })
})

describe('addAnchors', () => {
  it('makes a set with its settings in one transaction', async () => {
    const change = { ...noChange, revocation: 'require' as const, crlHosts: ['crl.acme.example'] }
    expect(await addAnchors(database, 'set', [root], change, by)).toMatchObject({
      ok: true,
      value: { before: null, fresh: [root] },
    })
    expect(await readStoredSet(database, 'set')).toMatchObject({
      settings: { revocation: 'require', crl_hosts: ['crl.acme.example'] },
      anchors: [{ sha256: root.sha256, der: root.certificate.der }],
      intermediates: [],
    })
    expect(await audits()).toEqual(['ca.add', 'ca.set'])
  })
  it.each([
    [maxAnchors, null],
    [maxAnchors + 1, 'too_many_anchors'],
  ])('%i anchors: %s', async (count, why) => {
    expect(whyOf(await addAnchors(database, 'set', many(count, root), noChange, by))).toBe(why)
    expect((await readStoredSet(database, 'set'))?.anchors.length ?? 0).toBe(why ? 0 : count)
  })
  it.each([
    [32, null],
    [33, 'too_many_crl_sources'],
  ])('%i hosts of CRLs: %s', async (count, why) => {
    const crlHosts = Array.from({ length: count }, (_, i) => `crl${i}.example`)
    expect(whyOf(await addAnchors(database, 'set', [root], { ...noChange, crlHosts }, by))).toBe(
      why,
    )
  })
})

describe('addIntermediates', () => {
  beforeEach(() => addAnchors(database, 'set', [root], noChange, by))
  const cases: [name: string, set: string, cas: CaCertificate[], why: string | null][] = [
    ['a CA below the anchor', 'set', [issuing], null],
    ['the anchor itself, which is present', 'set', [root], null],
    ['an unknown set', 'other', [issuing], 'unknown_set'],
    ['another root', 'set', [{ ...root, sha256: 'f'.repeat(64) }], 'self_signed'],
    ['as many as allowed', 'set', many(maxIntermediates, issuing), null],
    ['one more', 'set', many(maxIntermediates + 1, issuing), 'too_many_intermediates'],
  ]
  it.each(cases)('%s', async (_, set, cas, why) => {
    expect(whyOf(await addIntermediates(database, set, cas, by))).toBe(why)
  })
  it('refuses more octets than allowed', async () => {
    const der = new Uint8Array(16_385)
    const large = { ...issuing, certificate: { ...issuing.certificate, der } }
    const two = many(2, large)
    expect(whyOf(await addIntermediates(database, 'set', two, by))).toBe('too_many_intermediates')
  })
})

describe('changeSettings', () => {
  it('changes a set, and refuses an unknown one', async () => {
    await addAnchors(database, 'set', [root], noChange, by)
    const change = { ...noChange, extendedKeyUsage: [] }
    expect(await changeSettings(database, 'set', change, by)).toMatchObject({
      value: { revocation: 'off', extended_key_usage: [] },
    })
    expect(whyOf(await changeSettings(database, 'other', change, by))).toBe('unknown_set')
  })
  it('refuses the second of two concurrent changes', async () => {
    await addAnchors(database, 'set', [root], noChange, by)
    const slow: Database = {
      async batch(statements) {
        const answers = await database.batch(statements)
        if (statements.length === 3) {
          // The set was read: now someone else changes it.
          await changeSettings(database, 'set', { ...noChange, revocation: 'require' }, by)
        }
        return answers
      },
    }
    const change = { ...noChange, extendedKeyUsage: [] }
    expect(whyOf(await changeSettings(slow, 'set', change, by))).toBe('changed_meanwhile')
  })
})

describe('removal', () => {
  it('keeps the last anchor and the set while clients use them', async () => {
    await addAnchors(database, 'set', [root, issuing], noChange, by)
    const remove = async (sha256: string) => {
      const set = await readStoredSet(database, 'set')
      const member = memberBy(sha256, set?.anchors ?? [])
      return set !== null && member.ok && removeMember(database, set, member.value, by)
    }
    await useSet()
    expect(await remove(issuing.sha256)).toBe(true)
    expect(await remove(root.sha256)).toBe(false)
    const set = await readStoredSet(database, 'set')
    if (set === null) throw new Error('the set is still there')
    expect(await removeSet(database, set, by)).toBe(false)
    await query(database, 'DELETE FROM clients')
    expect(await removeSet(database, set, by)).toBe(true)
    expect(await audits()).toEqual(['ca.add', 'ca.add', 'ca.remove', 'ca.remove'])
  })
})

describe('memberBy', () => {
  const member = (sha256: string) => ({
    sha256,
    subject: '',
    notAfter: 0,
    addedAt: 0,
    der: new Uint8Array(),
  })
  const members = [member(`abcdef01${'0'.repeat(56)}`), member(`abcdef02${'0'.repeat(56)}`)]
  it.each([
    ['abcdef01', true],
    ['AB:CD:EF:01', true],
    ['abcdef0', false],
    ['abcdef03', false],
    ['', false],
  ])('%s: %s', (fingerprint, found) => {
    expect(memberBy(fingerprint, members).ok).toBe(found)
  })
})
