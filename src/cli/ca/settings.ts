import { acceptedKeyUsages, revocationPolicies } from '../../clients/client.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { readHosts } from '../../revocation/crl-sources.ts'
import { maxPerSet } from '../../revocation/crl-store.ts'
import { isPublicHost, readListUrl } from '../../revocation/crl-url.ts'
import { audited } from '../../storage/audit-row.ts'
import { type Database, query, statement, textOf } from '../../storage/database.ts'
import type { Options } from '../command.ts'
import { type Outcome, refused, usage } from '../outcome.ts'

/** Options that say how a set judges certificates. */
export const settingOptions = {
  revocation: {
    type: 'string',
    value: 'POLICY',
    help: 'whether CRLs are asked: off (default), if-available, require',
  },
  'crl-url': { type: 'string', multiple: true, value: 'URL', help: 'where a CRL is' },
  'crl-host': {
    type: 'string',
    multiple: true,
    value: 'HOST',
    help: 'certificates may point to CRLs there; or by --crl-url',
  },
  'drop-crl-host': {
    type: 'string',
    multiple: true,
    value: 'HOST',
    help: 'nothing is fetched there any longer',
  },
  'extended-key-usage': {
    type: 'string',
    value: 'LIST',
    help: 'taken for clientAuth: of absent,any,serverAuth (default absent,any)',
  },
} as const satisfies Options

/** What the options ask for; null leaves a setting as it is. */
export type Settings = {
  readonly revocation: string | null
  readonly extendedKeyUsage: readonly string[] | null
  readonly urls: readonly URL[]
  readonly hosts: readonly string[]
  readonly dropped: readonly string[]
}

/** How a set stands. */
export type SetSettings = {
  readonly revocation: string
  readonly extended_key_usage: readonly string[]
  readonly crl_hosts: readonly string[]
}

const maxHosts = 32

/** Reads the options, or says what is wrong with them. */
export function readSettings(options: {
  readonly revocation: string | undefined
  readonly 'crl-url': readonly string[]
  readonly 'crl-host': readonly string[]
  readonly 'drop-crl-host': readonly string[]
  readonly 'extended-key-usage': string | undefined
}): Result<Settings, Outcome> {
  const { revocation = null } = options
  if (revocation !== null && !revocationPolicies.some((policy) => policy === revocation)) {
    return err(usage(`--revocation ${revocation}: want ${revocationPolicies.join(', ')}`))
  }
  const usages = options['extended-key-usage']
  const named = usages === undefined ? null : usages === 'none' ? [] : usages.split(',')
  const strange = named?.find((one) => !acceptedKeyUsages.some((known) => known === one))
  if (strange !== undefined) {
    return err(usage(`--extended-key-usage: ${strange} is none of ${acceptedKeyUsages.join(', ')}`))
  }
  const urls = options['crl-url'].map((text) => readListUrl(text))
  const wrong = options['crl-url'].find((_, i) => urls[i] === null)
  if (wrong !== undefined) {
    return err(usage(`--crl-url ${wrong}: want http or https at a public host, no password`))
  }
  const hosts = options['crl-host'].map((host) => host.toLowerCase())
  const odd = hosts.find((host) => !isPublicHost(host))
  if (odd !== undefined) {
    return err(usage(`--crl-host ${odd}: want a public name such as crl.example.com`))
  }
  const dropped = options['drop-crl-host'].map((host) => host.toLowerCase())
  const extendedKeyUsage = named === null ? null : [...new Set(named)]
  return ok({
    revocation,
    extendedKeyUsage,
    urls: urls.filter((url) => url !== null),
    hosts,
    dropped,
  })
}

const READ = `
  SELECT revocation, extended_key_usage, crl_hosts FROM trust_anchor_sets WHERE name = ?1`

/** How a set stands; null where there is none. */
export async function settingsOf(database: Database, set: string): Promise<SetSettings | null> {
  const [row] = await query(database, READ, set)
  if (row === undefined) return null
  return {
    revocation: textOf(row, 'revocation'),
    extended_key_usage: readHosts(textOf(row, 'extended_key_usage')),
    crl_hosts: readHosts(textOf(row, 'crl_hosts')),
  }
}

// Conditional on what was read: of two changes at a time, one is refused.
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

/** Brings a set to what the options ask for. @returns how it stands then, or the refusal to print */
export async function applySettings(
  database: Database,
  set: string,
  wanted: Settings,
  by: { readonly who: string; readonly now: number },
): Promise<Result<SetSettings, Outcome>> {
  const before = await settingsOf(database, set)
  if (before === null) return err(refused(`there is no anchor set ${set}`, '`certbound ca list`'))
  const { urls, dropped } = wanted
  const added = [...wanted.hosts, ...urls.map(({ host }) => host)]
  const hosts = new Set([...before.crl_hosts, ...added].filter((host) => !dropped.includes(host)))
  const after: SetSettings = {
    revocation: wanted.revocation ?? before.revocation,
    extended_key_usage: wanted.extendedKeyUsage ?? before.extended_key_usage,
    crl_hosts: [...hosts].toSorted(),
  }
  if (hosts.size > maxHosts || urls.length > maxPerSet) {
    return err(refused(`a set has at most ${maxHosts} hosts and ${maxPerSet} URLs of CRLs`))
  }
  const sources = [
    ...dropped.map((host) => statement(DROP_SOURCES, set, host)),
    ...urls.map((url) => statement(ADD_SOURCE, set, url.href, by.now)),
  ]
  const changes = textsOf(after).some((text, i) => text !== textsOf(before)[i])
  const change = [
    statement(CHANGE, set, ...textsOf(after), ...textsOf(before)),
    audited({ at: by.now, who: by.who, what: 'ca.set', subject: set, before, after }),
  ]
  const [changed] = await database.batch([...(changes ? change : []), ...sources])
  return changes && changed?.length !== 1
    ? err(refused(`${set} has changed meanwhile`, 'try again'))
    : ok(after)
}

const textsOf = ({ revocation, extended_key_usage, crl_hosts }: SetSettings) =>
  [revocation, JSON.stringify(extended_key_usage), JSON.stringify(crl_hosts)] as const

/** Settings on one line. */
export const settingsLine = (settings: SetSettings): string => {
  const usages = settings.extended_key_usage
  const hosts = settings.crl_hosts
  return [
    `revocation ${settings.revocation}`,
    `key usage clientAuth${usages.length === 0 ? ' only' : ` or ${usages.join(', ')}`}`,
    ...(hosts.length === 0 ? [] : [`CRLs from ${hosts.join(', ')}`]),
  ].join('; ')
}
