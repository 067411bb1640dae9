import * as v from 'valibot'
import { err, ok, type Result } from '../encoding/result.ts'
import { readBy } from '../encoding/schema.ts'
import { isPublicHost } from '../outbound/outbound-url.ts'
import { readCrlUrl } from '../revocation/crl-sources.ts'
import { maxPerSet } from '../revocation/crl-store.ts'
import { type AuditedBy, audited } from '../storage/audit-row.ts'
import { type Statement, statement } from '../storage/database.ts'
import {
  type AcceptedKeyUsage,
  acceptedKeyUsages,
  type RevocationPolicy,
  revocationPolicies,
} from './trust-anchor-set.ts'

/** How certificates are verified against a set, in the names that audit rows and `--json` use. */
export type SetSettings = {
  readonly revocation: RevocationPolicy
  readonly extended_key_usage: readonly AcceptedKeyUsage[]
  /** The hosts from which CRLs may be fetched. */
  readonly crl_hosts: readonly string[]
}

/** The settings of a new set: what schema.sql has as defaults. */
export const defaultSettings: SetSettings = {
  revocation: 'off',
  extended_key_usage: ['absent', 'any'],
  crl_hosts: [],
}

/** What an operator changes in the settings; an absent member stays as it is. */
export type SettingsChange = {
  readonly revocation?: RevocationPolicy | undefined
  readonly extendedKeyUsage?: readonly AcceptedKeyUsage[] | undefined
  /** CRLs to fetch; their hosts are allowed with them. */
  readonly crlUrls: readonly URL[]
  readonly crlHosts: readonly string[]
  readonly droppedCrlHosts: readonly string[]
}

/** A revocation policy by its name. */
export const revocationPolicy = v.picklist(
  revocationPolicies,
  `want ${revocationPolicies.join(', ')}`,
)

const usages = v.array(v.picklist(acceptedKeyUsages))

/** What is accepted in place of clientAuth: names separated by commas, or `none`. */
export const extendedKeyUsage = readBy((text) => {
  const names = text === 'none' ? [] : [...new Set(String(text).split(','))]
  return v.is(usages, names)
    ? ok(names)
    : err(`want none, or a list of ${acceptedKeyUsages.join(',')}`)
})

/** The URL of a CRL. */
export const crlUrl = readBy((text) => {
  const url = readCrlUrl(String(text))
  return url === null ? err('want http or https at a public host, without a password') : ok(url)
})

/** A host from which CRLs may be fetched. */
export const crlHost = readBy((text) => {
  const host = String(text).toLowerCase()
  return isPublicHost(host) ? ok(host) : err('want a public name such as crl.example.com')
})

const maxHosts = 32

// Conditional on the settings that were read: of two concurrent changes, one is refused.
const CHANGE = `
  UPDATE trust_anchor_sets SET revocation = ?2, extended_key_usage = ?3, crl_hosts = ?4,
    version = version + 1
  WHERE name = ?1 AND revocation = ?5 AND extended_key_usage = ?6 AND crl_hosts = ?7
  RETURNING version`

const ADD_SOURCE = `
  INSERT INTO crl_sources (set_name, url, origin, added_at, next_attempt_at)
  SELECT name, ?2, 'operator', ?3, ?3 FROM trust_anchor_sets WHERE name = ?1
  ON CONFLICT (set_name, url) DO UPDATE SET origin = 'operator', next_attempt_at = ?3`

const DROP_SOURCES = `
  DELETE FROM crl_sources WHERE set_name = ?1 AND (url LIKE 'http://' || ?2 || '/%'
    OR url LIKE 'https://' || ?2 || '/%')`

/** A change of settings as statements. */
export type PlannedSettings = {
  readonly after: SetSettings
  /** Whether the settings differ: then the first statement returns a row if it changed them. */
  readonly changes: boolean
  readonly statements: readonly Statement[]
}

/** The statements that make a change, or why the set cannot have it. */
export function planSettings(
  set: string,
  before: SetSettings,
  change: SettingsChange,
  by: AuditedBy,
): Result<PlannedSettings, { readonly why: 'too_many_crl_sources' }> {
  const { crlUrls, droppedCrlHosts } = change
  const allowed = [...before.crl_hosts, ...change.crlHosts, ...crlUrls.map(({ host }) => host)]
  const hosts = new Set(allowed.filter((host) => !droppedCrlHosts.includes(host)))
  if (hosts.size > maxHosts || crlUrls.length > maxPerSet) {
    return err({ why: 'too_many_crl_sources' })
  }
  const after: SetSettings = {
    revocation: change.revocation ?? before.revocation,
    extended_key_usage: change.extendedKeyUsage ?? before.extended_key_usage,
    crl_hosts: [...hosts].toSorted(),
  }
  const sources = [
    ...droppedCrlHosts.map((host) => statement(DROP_SOURCES, set, host)),
    ...crlUrls.map((url) => statement(ADD_SOURCE, set, url.href, by.at)),
  ]
  const old = columnsOf(before)
  const changed = columnsOf(after)
  if (changed.every((text, i) => text === old[i])) {
    return ok({ after, changes: false, statements: sources })
  }
  const update = statement(CHANGE, set, ...changed, ...old)
  const entry = audited({ ...by, what: 'ca.set', subject: set, before, after })
  return ok({ after, changes: true, statements: [update, entry, ...sources] })
}

const columnsOf = (settings: SetSettings): string[] => [
  settings.revocation,
  JSON.stringify(settings.extended_key_usage),
  JSON.stringify(settings.crl_hosts),
]
