import type { RequestContext } from '../request-context.ts'
import type { DatedCopies } from '../storage/dated-copy.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { importKeyEncryptionKeys, type KeyEncryptionKeyOctets } from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import { type Keyring, keyringAt } from './keyring.ts'
import { type KeyLoader, loadKeys, type SortedKeys, sortRows, type UsableKey } from './load-keys.ts'
import { executeIntents, pruneKeys } from './maintain.ts'

type Context = Pick<RequestContext, 'now' | 'defer'>

/** The signing keys of this deployment. */
export interface SigningKeys {
  /** The keyring at this time from the isolate's cache; null: call {@link current}. */
  cached(now: number): Keyring | null
  /**
   * The keyring at this time; reads D1 only if the cache is too old.
   * @throws StoreUnavailable if D1 does not answer and no recent enough keys are known
   * @throws SchemaMismatch if this code cannot use the schema of D1
   */
  current(context: Context): Promise<Keyring>
  /**
   * The keyring with a key that D1 is known to have: reads D1 if the cached keyring lacks it.
   * @throws as {@link SigningKeys.current}
   */
  including(kid: string, context: Context): Promise<Keyring>
  /**
   * The scheduled work: executes what operators asked for, and deletes old keys.
   * @throws as {@link SigningKeys.current}
   */
  maintain(context: Context): Promise<void>
}

/** The keys of D1 at one time, and the keyring they form now: an immutable value. */
type Snapshot = {
  /** When D1 was read (seconds since the epoch). */
  readonly asOf: number
  readonly keys: readonly UsableKey[]
  readonly keyring: Keyring
}

/** How long a snapshot may be used, in seconds. */
type Lifetimes = {
  /** Without reading D1 again: the longest time until a revocation takes effect. */
  readonly fresh: number
  /** While D1 does not answer. */
  readonly staleIfError: number
}

/** What the signing keys need. */
export type SigningKeysOptions = Omit<KeyLoader, 'keyEncryptionKeys'> &
  Lifetimes & {
    readonly keyEncryptionKeys: KeyEncryptionKeyOctets
    readonly copies: DatedCopies
  }

/**
 * The state of an isolate. It holds values only: a request that awaits the promise of another request is
 * cancelled.
 */
type Isolate = {
  readonly options: SigningKeysOptions
  loader: KeyLoader | null
  snapshot: Snapshot | null
  /** When the last read of D1 started. */
  readAt: number
  failure: { readonly at: number; readonly fault: StoreUnavailable | SchemaMismatch } | null
  /** Findings that are in the log already. */
  reported: ReadonlySet<string>
}

const copyName = 'signing-keys'

/** The signing keys of a store, cached in the isolate. */
export function signingKeys(options: SigningKeysOptions): SigningKeys {
  const isolate: Isolate = {
    options,
    loader: null,
    snapshot: null,
    readAt: Number.NEGATIVE_INFINITY,
    failure: null,
    reported: new Set(),
  }
  return {
    cached: (now) => cached(isolate, now),
    current: (context) => current(isolate, context),
    including: (kid, context) => including(isolate, kid, context),
    maintain: (context) => maintain(isolate, context),
  }
}

function cached(isolate: Isolate, now: number): Keyring | null {
  const { failure, readAt, options } = isolate
  if (isolate.snapshot === null) return null
  isolate.snapshot = advance(isolate.snapshot, now, options)
  const failedAt = failure?.fault instanceof StoreUnavailable ? failure.at : -Infinity
  const usable = usableWithoutRead(isolate.snapshot, { readAt, failedAt }, now, options)
  return usable ? isolate.snapshot.keyring : null
}

async function current(isolate: Isolate, context: Context): Promise<Keyring> {
  const { now } = context
  const keyring = cached(isolate, now)
  if (keyring !== null) return keyring
  const { failure, options } = isolate
  // While D1 is down, one request in a while waits for its timeout, not every request.
  if (failure !== null && now - failure.at < retryAfter) throw failure.fault
  isolate.readAt = now
  try {
    return (await readKeys(isolate, context, 'new')).snapshot.keyring
  } catch (fault) {
    if (!(fault instanceof StoreUnavailable || fault instanceof SchemaMismatch)) throw fault
    isolate.failure = { at: now, fault }
    const stale = fault instanceof StoreUnavailable ? await staleSnapshot(isolate, now) : null
    if (stale === null) throw fault
    const cause = String(fault.cause ?? fault.message)
    options.report({ code: 'keys_stale', as_of: stale.asOf, cause })
    return stale.keyring
  }
}

async function including(isolate: Isolate, kid: string, context: Context): Promise<Keyring> {
  const keyring = await current(isolate, context)
  if (keyring.published.some((key) => key.kid === kid)) return keyring
  isolate.readAt = context.now
  return (await readKeys(isolate, context, 'new')).snapshot.keyring
}

async function maintain(isolate: Isolate, context: Context): Promise<void> {
  const { now } = context
  const { sorted } = await readKeys(isolate, context, 'all')
  const loader = await loaderOf(isolate)
  await executeIntents(loader, sorted, now)
  await pruneKeys(loader, sorted.keys, { now, staleness: stalenessOf(isolate.options) })
  await readKeys(isolate, context, 'new')
}

async function loaderOf(isolate: Isolate): Promise<KeyLoader> {
  if (isolate.loader !== null) return isolate.loader
  const { store, issuer, signingAlg, report } = isolate.options
  const keyEncryptionKeys = await importKeyEncryptionKeys(isolate.options.keyEncryptionKeys)
  isolate.loader = { store, issuer, signingAlg, report, keyEncryptionKeys }
  return isolate.loader
}

async function readKeys(
  isolate: Isolate,
  { now, defer }: Context,
  reported: 'new' | 'all',
): Promise<{ snapshot: Snapshot; sorted: SortedKeys }> {
  const { copies, staleIfError, report } = isolate.options
  const loaded = await loadKeys(await loaderOf(isolate), isolate.snapshot?.keys ?? [], now)
  reportFindings(isolate, loaded.findings, reported)
  if (loaded.generated !== null) report(loaded.generated)
  const snapshot = cacheSnapshot(isolate, loaded, now, now)
  if (snapshot === null) throw new StoreUnavailable('D1 does not keep a usable signing key')
  isolate.failure = null
  const value = loaded.keys.map(({ stored }) => stored)
  if (staleIfError > 0) defer(copies.write(copyName, { asOf: now, value }))
  return { snapshot, sorted: loaded }
}

/** The last known keys that may still be used, from the isolate or from the copy in KV. */
async function staleSnapshot(isolate: Isolate, now: number): Promise<Snapshot | null> {
  const { snapshot, options } = isolate
  if (snapshot !== null && usableAfterFailure(snapshot.asOf, now, options)) return snapshot
  const copy = await options.copies.read(copyName, now)
  if (copy === null || now - copy.asOf > options.staleIfError) return null
  if (!Array.isArray(copy.value)) return null
  // A copy is trusted no more than D1: its rows are unwrapped like all others.
  const sorted = await sortRows(copy.value, await loaderOf(isolate), snapshot?.keys ?? [])
  reportFindings(isolate, sorted.findings, 'new')
  return cacheSnapshot(isolate, sorted, copy.asOf, now)
}

function cacheSnapshot(
  isolate: Isolate,
  { keys }: SortedKeys,
  asOf: number,
  now: number,
): Snapshot | null {
  const taken = takeSnapshot(keys, asOf, now, isolate.options)
  if (taken !== null && (isolate.snapshot === null || isolate.snapshot.asOf <= asOf)) {
    isolate.snapshot = taken
  }
  return taken
}

/** @param reported the scheduled work reports `all` findings again, a request only `new` ones */
function reportFindings(
  isolate: Isolate,
  findings: readonly KeyFinding[],
  reported: 'new' | 'all',
): void {
  const nameOf = ({ code, kid }: KeyFinding): string => `${code} ${kid}`.slice(0, 200)
  const before = isolate.reported
  isolate.reported = new Set(findings.map(nameOf))
  for (const finding of findings) {
    if (reported === 'all' || !before.has(nameOf(finding))) isolate.options.report(finding)
  }
}

/** One read of D1 in so many seconds is enough, whether it is under way or has failed. */
const retryAfter = 5

/** How long any isolate may sign with cached keys (seconds). */
const stalenessOf = ({ fresh, staleIfError }: Lifetimes): number => Math.max(fresh, staleIfError)

/** The snapshot of keys read at `asOf`; null if there is no key. */
function takeSnapshot(
  keys: readonly UsableKey[],
  asOf: number,
  now: number,
  lifetimes: Lifetimes,
): Snapshot | null {
  const keyring = keyringAt(keys, { asOf, now, staleness: stalenessOf(lifetimes) })
  return keyring === null ? null : { asOf, keys, keyring }
}

/** The same snapshot at a later time: keys start to sign and retire by time alone. */
const advance = (snapshot: Snapshot, now: number, lifetimes: Lifetimes): Snapshot =>
  now < snapshot.keyring.changesAt
    ? snapshot
    : (takeSnapshot(snapshot.keys, snapshot.asOf, now, lifetimes) ?? snapshot)

/**
 * Whether a snapshot may be used without reading D1.
 * @param last when (seconds since the epoch) the last read started, and when D1 last failed
 */
function usableWithoutRead(
  { asOf }: Snapshot,
  last: { readonly readAt: number; readonly failedAt: number },
  now: number,
  { fresh, staleIfError }: Lifetimes,
): boolean {
  const age = now - asOf
  if (age < fresh - retryAfter) return true
  // Another request is reading already: one read per isolate, not one per request.
  if (age < fresh) return now - last.readAt < retryAfter
  return age <= staleIfError && now - last.failedAt < retryAfter
}

/** Whether a snapshot may be used after D1 failed. */
const usableAfterFailure = (asOf: number, now: number, lifetimes: Lifetimes): boolean =>
  now - asOf < lifetimes.fresh || now - asOf <= lifetimes.staleIfError
