import { err, ok, type Result } from '../encoding/result.ts'
import { type Fetcher, fetchOutbound, type OutboundProblem } from '../outbound/fetch-outbound.ts'
import type { Database } from '../storage/database.ts'
import {
  buildCrlIndex,
  type Certificate,
  type CrlIndexHeader,
  type CrlIndexRefusal,
  crlIndexKey,
  supersedes,
  type UnknownStatus,
  verifyCertificateList,
} from '../x509/index.ts'
import {
  type CrlSource,
  claim,
  crlUrlPolicy,
  dueSources,
  recordFailure,
  recordSuccess,
} from './crl-sources.ts'
import { crlHeaders, crlSigners, putInForce, putShards, type WriteOptions } from './crl-store.ts'

/** A CRL that is in force. */
export type InstalledCrl = {
  /** `unchanged`: it was in force before. */
  readonly status: 'stored' | 'unchanged'
  readonly header: CrlIndexHeader
  /** RFC 4514 text. */
  readonly issuer: string
}

/** Why a CRL is refused. */
export type InstallRefusal =
  | UnknownStatus
  /** Not complete (delta, indirect, some reasons), or cannot be indexed. */
  | { readonly why: CrlIndexRefusal }
  /** RFC 5280 section 5.2.3: older than the CRL in force, or with the same number. */
  | { readonly why: 'number_went_back'; readonly stored: string; readonly offered: string }
  /** Another CRL came into force in the meantime, or the set has the maximum number of CRLs. */
  | { readonly why: 'not_switched' }

export type InstallOptions = WriteOptions & {
  /** CAs that may sign the CRL besides those of the set. */
  readonly issuers?: readonly Certificate[]
  /** Verify only: the result says what would be stored. */
  readonly dryRun?: boolean
}

/**
 * Verifies a CRL with the CAs of a set, indexes it by the key that signed it, and puts it into force if
 * it is newer than the one before. A forged or older CRL changes nothing.
 * @param der must not be changed before the promise settles
 */
export async function installCrl(
  database: Database,
  set: string,
  der: Uint8Array,
  options: InstallOptions,
): Promise<Result<InstalledCrl, InstallRefusal>> {
  const signers = [...(await crlSigners(database, set)), ...(options.issuers ?? [])]
  const verified = await verifyCertificateList({ crl: der, signers, time: options.now })
  if (!verified.ok) return verified
  const { crl, issuerKey } = verified.value
  const built = await buildCrlIndex(crl, { anchorSet: set, issuerKey })
  if (!built.ok) return err({ why: built.error })
  const { header, shards } = built.value
  const { issuer } = crl
  const headers = await crlHeaders(database, set)
  const inForce = headers.find((one) => crlIndexKey(one) === crlIndexKey(header)) ?? null
  if (inForce?.id === header.id) return ok({ status: 'unchanged', header, issuer })
  if (inForce !== null && !supersedes(inForce, header)) {
    return err({ why: 'number_went_back', stored: numberOf(inForce), offered: numberOf(header) })
  }
  if (options.dryRun) return ok({ status: 'stored', header, issuer })
  await putShards(database, header, shards(), options)
  const replaced = inForce?.id ?? null
  return (await putInForce(database, header, { issuer, replaced, now: options.now }))
    ? ok({ status: 'stored', header, issuer })
    : err({ why: 'not_switched' })
}

const numberOf = ({ crlNumber, thisUpdate }: CrlIndexHeader): string =>
  `${crlNumber ?? 'no number'} of ${new Date(thisUpdate * 1000).toISOString()}`

/** An event of CRLs for the log. Times in seconds since the epoch. */
export type CrlEvent =
  | {
      readonly code: 'crl_stored'
      readonly trust_anchor_set: string
      readonly url: string
      readonly issuer: string
      readonly crl_number: string | null
      readonly entries: number
      readonly next_update: number
    }
  /** The CRL in force stays in force until its nextUpdate. */
  | {
      readonly code: 'crl_refresh_failed'
      readonly trust_anchor_set: string
      readonly url: string
      readonly problem: string
    }

/** The log level of an event. */
export const crlLevelOf = ({ code }: CrlEvent): 'info' | 'warn' =>
  code === 'crl_stored' ? 'info' : 'warn'

/** What a refresh needs. */
export type RefreshOptions = InstallOptions & {
  readonly database: Database
  readonly fetcher: Fetcher
  /** Larger CRLs are not fetched, in octets. */
  readonly maxSize: number
}

/** Why a source gave no CRL. */
export type RefreshProblem =
  | Exclude<OutboundProblem, { why: 'too_large' }>
  | { readonly why: 'list_too_large'; readonly limit: number }
  | InstallRefusal

/**
 * The largest CRL that the Worker indexes, in octets: some 200 000 entries. The CRL, its sort order (13
 * octets an entry) and the response must fit into the 128 MB of an isolate that also serves requests.
 * `ca refresh` handles CRLs of up to 64 MiB.
 */
export const maxSizeInWorker = 8 << 20

/** One run, every minute, fetches at most this many sources. */
const sourcesPerRun = 4
/** In seconds. */
const refreshInterval = 3600
const retryAfter = 300
/** A CA publishes the next CRL before nextUpdate: so many seconds before it, fetches become frequent. */
const frequentBefore = 1800

/** Fetches one source, installs its CRL, and records the result. */
export async function refreshSource(
  source: CrlSource,
  options: RefreshOptions,
): Promise<Result<InstalledCrl, RefreshProblem>> {
  const { database, now } = options
  const fetched = await fetchCrl(source, options)
  const installed = fetched.ok
    ? await installCrl(database, source.set, fetched.value.body, options)
    : err(fetched.error)
  if (options.dryRun) return installed
  if (installed.ok) await recordSuccess(database, source, now, nextAttempt(installed.value, now))
  else await recordFailure(database, source, problemText(installed.error))
  return installed
}

async function fetchCrl({ url, hosts }: CrlSource, { fetcher, maxSize }: RefreshOptions) {
  const policy = {
    ...crlUrlPolicy,
    hosts,
    maxRedirects: 3,
    timeout: 20_000,
    maxSize,
    accept: 'application/pkix-crl, */*;q=0.1',
  }
  const fetched = await fetchOutbound(url, policy, fetcher)
  if (fetched.ok) return fetched
  const { error } = fetched
  return err(error.why === 'too_large' ? { ...error, why: 'list_too_large' as const } : error)
}

const nextAttempt = ({ header }: InstalledCrl, now: number): number =>
  now + Math.max(retryAfter, Math.min(refreshInterval, header.nextUpdate - frequentBefore - now))

/** The scheduled work: fetches what is due, a bounded number. A source that fails is an event, no fault. */
export async function refreshDue(
  options: RefreshOptions,
  report: (event: CrlEvent) => void,
): Promise<void> {
  const { database, now } = options
  for (const source of await dueSources(database, now, sourcesPerRun)) {
    if (!(await claim(database, source, now + retryAfter))) continue
    const installed = await refreshSource(source, options)
    const from = { trust_anchor_set: source.set, url: source.url }
    if (!installed.ok) {
      report({ code: 'crl_refresh_failed', ...from, problem: problemText(installed.error) })
    } else if (installed.value.status === 'stored') {
      const { issuer, header } = installed.value
      const { crlNumber, entries, nextUpdate } = header
      const list = { issuer, crl_number: crlNumber, entries, next_update: nextUpdate }
      report({ code: 'crl_stored', ...from, ...list })
    }
  }
}

/** A problem on one line: its code, and its evidence. */
export function problemText({ why, ...evidence }: RefreshProblem): string {
  const details = Object.entries(evidence).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return [why, ...details].join(' ')
}
