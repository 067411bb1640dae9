import { err, type Result } from '../encoding/result.ts'
import type { Database } from '../storage/database.ts'
import type { CrlEvent } from './crl-events.ts'
import { type CrlSource, claim, dueSources, noteFailure, noteSuccess } from './crl-sources.ts'
import { type Fetcher, type FetchProblem, fetchList } from './fetch-crl.ts'
import { type InstallOptions, installCrl, type ListProblem, type TakenList } from './install-crl.ts'

/** What a refresh needs. */
export type RefreshTools = InstallOptions & {
  readonly database: Database
  readonly fetcher: Fetcher
  /** Larger lists are not fetched, in octets. */
  readonly maxSize: number
}

/**
 * The largest list that the Worker indexes, in octets: some 200 000 entries. A list, its order (13
 * octets an entry) and the answer it came in must fit into the 128 MB of an isolate that also serves.
 * Above that `ca refresh` does it, up to 64 MiB.
 */
export const maxSizeInWorker = 8 << 20

/** A run every minute asks so many sources at most. */
const sourcesPerRun = 4
/** In seconds: after a success, before the end of a list, and after a failure. */
const usual = 3600
const ahead = 1800
const soonest = 300

/** Fetches one source, takes its list, and keeps what came of it. */
export async function refreshSource(
  source: CrlSource,
  tools: RefreshTools,
): Promise<Result<TakenList, FetchProblem | ListProblem>> {
  const { database, fetcher, now, maxSize } = tools
  const fetched = await fetchList(source.url, { hosts: source.hosts, maxSize }, fetcher)
  const taken = fetched.ok
    ? await installCrl(database, source.set, fetched.value, tools)
    : err(fetched.error)
  if (tools.dryRun) return taken
  if (taken.ok) await noteSuccess(database, source, now, nextAttempt(taken.value, now))
  else await noteFailure(database, source, problemText(taken.error))
  return taken
}

/** Every hour; towards nextUpdate more often, since the next list comes before it. */
const nextAttempt = ({ header }: TakenList, now: number): number =>
  now + Math.max(soonest, Math.min(usual, header.nextUpdate - ahead - now))

/** The scheduled work: asks what is due, a bounded number. Nothing that a source does is a fault. */
export async function refreshDue(
  tools: RefreshTools,
  report: (event: CrlEvent) => void,
): Promise<void> {
  const { database, now } = tools
  for (const source of await dueSources(database, now, sourcesPerRun)) {
    if (!(await claim(database, source, now + soonest))) continue
    const about = { trust_anchor_set: source.set, url: source.url }
    const taken = await refreshSource(source, tools)
    if (!taken.ok) {
      report({ code: 'crl_refresh_failed', ...about, problem: problemText(taken.error) })
    } else if (taken.value.what === 'stored') {
      const { crlNumber, entries, nextUpdate } = taken.value.header
      const list = { crl_number: crlNumber, entries, next_update: nextUpdate }
      report({ code: 'crl_stored', ...about, issuer: taken.value.issuer, ...list })
    }
  }
}

/** A problem on one line: why, and its evidence. */
export function problemText({ why, ...evidence }: FetchProblem | ListProblem): string {
  const details = Object.entries(evidence).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return [why, ...details].join(' ')
}
