import type { RequestContext } from '../request-context.ts'
import type { DatedCopies } from '../storage/dated-copy.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { importKeyEncryptionKeys, type KeyEncryptionKeyOctets } from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import { type Keyring, keyringAt, type Snapshot } from './keyring.ts'
import { type KeyLoader, loadKeys, type SortedKeys, sortRows, type UsableKey } from './load-keys.ts'
import { executeIntents, pruneKeys } from './maintain.ts'

type Context = Pick<RequestContext, 'now' | 'defer'>

/** The signing keys of this deployment. */
export type SigningKeys = ReturnType<typeof signingKeys>

/** What the signing keys need. */
export type SigningKeysOptions = Omit<KeyLoader, 'keyEncryptionKeys'> & {
  readonly keyEncryptionKeys: KeyEncryptionKeyOctets
  readonly copies: DatedCopies
  /** How long keys are used without reading D1 again: until then a revocation may have no effect (seconds). */
  readonly fresh: number
  /** How long keys are used while D1 does not answer (seconds). */
  readonly staleIfError: number
}

/**
 * The state of an isolate. It holds values only: a request that awaits the promise of another request is
 * cancelled.
 */
type Isolate = {
  readonly options: SigningKeysOptions
  /** How long any isolate may sign with cached keys (seconds). */
  readonly staleness: number
  loader: KeyLoader | null
  /** The keys of D1 when it was last read, and the keyring they form now: an immutable value. */
  snapshot: Snapshot | null
  /** When the last read of D1 started. */
  readAt: number
  failure: { readonly at: number; readonly fault: StoreUnavailable | SchemaMismatch } | null
  /** Findings that are in the log already. */
  reported: ReadonlySet<string>
}

const copyName = 'signing-keys'

/** One read of D1 in so many seconds is enough, whether it is under way or has failed. */
const retryAfter = 5

/** The signing keys of a store, cached in the isolate. */
export function signingKeys(options: SigningKeysOptions) {
  const isolate: Isolate = {
    options,
    staleness: Math.max(options.fresh, options.staleIfError),
    loader: null,
    snapshot: null,
    readAt: Number.NEGATIVE_INFINITY,
    failure: null,
    reported: new Set(),
  }
  return {
    /** The keyring at this time from the isolate's cache; null: call `current`. */
    cached: (now: number) => cached(isolate, now),
    /**
     * The keyring at this time; reads D1 only if the cache is too old.
     * @throws StoreUnavailable if D1 does not answer and no recent enough keys are known
     * @throws SchemaMismatch if this code cannot use the schema of D1
     */
    current: (context: Context) => current(isolate, context),
    /**
     * The keyring with a key that D1 is known to have: reads D1 if the cached keyring lacks it.
     * @throws as `current`
     */
    including: (kid: string, context: Context) => including(isolate, kid, context),
    /**
     * The scheduled work: executes what operators asked for, and deletes old keys.
     * @throws as `current`
     */
    maintain: (context: Context) => maintain(isolate, context),
  }
}

function cached(isolate: Isolate, now: number): Keyring | null {
  const { snapshot, failure, readAt, options } = isolate
  if (snapshot === null) return null
  // Keys start to sign and retire by time only.
  if (now >= snapshot.changesAt) cacheSnapshot(isolate, snapshot.keys, snapshot.asOf, now)
  const age = now - snapshot.asOf
  if (age < options.fresh - retryAfter) return isolate.snapshot
  // Another request is reading already: one read per isolate, not one per request.
  if (age < options.fresh) return now - readAt < retryAfter ? isolate.snapshot : null
  const failed = failure?.fault instanceof StoreUnavailable && now - failure.at < retryAfter
  return failed && age <= options.staleIfError ? isolate.snapshot : null
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
    return (await readKeys(isolate, context, 'new')).keyring
  } catch (fault) {
    if (!(fault instanceof StoreUnavailable || fault instanceof SchemaMismatch)) throw fault
    isolate.failure = { at: now, fault }
    const stale = fault instanceof StoreUnavailable ? await staleKeyring(isolate, now) : null
    if (stale === null) throw fault
    const cause = String(fault.cause ?? fault.message)
    options.report({ code: 'keys_stale', as_of: stale.asOf, cause })
    return stale
  }
}

async function including(isolate: Isolate, kid: string, context: Context): Promise<Keyring> {
  const keyring = await current(isolate, context)
  if (keyring.published.some((key) => key.kid === kid)) return keyring
  isolate.readAt = context.now
  return (await readKeys(isolate, context, 'new')).keyring
}

async function maintain(isolate: Isolate, context: Context): Promise<void> {
  const { now } = context
  const { sorted } = await readKeys(isolate, context, 'all')
  const loader = await loaderOf(isolate)
  await executeIntents(loader, sorted, now)
  await pruneKeys(loader, sorted.keys, { now, staleness: isolate.staleness })
  await readKeys(isolate, context, 'new')
}

async function loaderOf(isolate: Isolate): Promise<KeyLoader> {
  const { options } = isolate
  isolate.loader ??= {
    ...options,
    keyEncryptionKeys: await importKeyEncryptionKeys(options.keyEncryptionKeys),
  }
  return isolate.loader
}

async function readKeys(
  isolate: Isolate,
  { now, defer }: Context,
  reported: 'new' | 'all',
): Promise<{ keyring: Keyring; sorted: SortedKeys }> {
  const { copies, staleIfError, report } = isolate.options
  const sorted = await loadKeys(await loaderOf(isolate), isolate.snapshot?.keys ?? [], now)
  reportFindings(isolate, sorted.findings, reported)
  if (sorted.generated !== null) report(sorted.generated)
  const keyring = cacheSnapshot(isolate, sorted.keys, now, now)
  if (keyring === null) throw new StoreUnavailable('D1 does not keep a usable signing key')
  isolate.failure = null
  const value = sorted.keys.map(({ stored }) => stored)
  if (staleIfError > 0) defer(copies.write(copyName, { asOf: now, value }))
  return { keyring, sorted }
}

/** The last known keys that may still be used, from the isolate or from the copy in KV. */
async function staleKeyring(isolate: Isolate, now: number): Promise<Keyring | null> {
  const { snapshot, options } = isolate
  const age = snapshot === null ? Number.POSITIVE_INFINITY : now - snapshot.asOf
  if (age < options.fresh || age <= options.staleIfError) return snapshot
  const copy = await options.copies.read(copyName, now)
  if (copy === null || now - copy.asOf > options.staleIfError) return null
  if (!Array.isArray(copy.value)) return null
  // A copy is trusted no more than D1: its rows are unwrapped like all others.
  const sorted = await sortRows(copy.value, await loaderOf(isolate), snapshot?.keys ?? [])
  reportFindings(isolate, sorted.findings, 'new')
  return cacheSnapshot(isolate, sorted.keys, copy.asOf, now)
}

/** The keyring of keys read at `asOf`, cached unless newer ones are; null if there is no key. */
function cacheSnapshot(
  isolate: Isolate,
  keys: readonly UsableKey[],
  asOf: number,
  now: number,
): Keyring | null {
  const taken = keyringAt(keys, { asOf, now, staleness: isolate.staleness })
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
