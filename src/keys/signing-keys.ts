import type { RequestContext } from '../request-context.ts'
import type { DatedCopies } from '../storage/dated-copy.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import {
  type HeldKeyEncryptionKeys,
  importKeyEncryptionKeys,
  type KeyEncryptionKeyOctets,
} from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import type { Keyring } from './keyring.ts'
import { type Looker, look } from './load-keys.ts'
import { fulfilIntents, pruneKeys } from './maintain.ts'
import {
  advance,
  type Lifetimes,
  pause,
  type Snapshot,
  servesInSilence,
  servesUnasked,
  stalenessOf,
  takeSnapshot,
} from './snapshot.ts'
import { type Sorted, sortRows } from './usable-keys.ts'

/** What reading the keys needs of a request. */
type Context = Pick<RequestContext, 'now' | 'defer'>

/** The signing keys of this deployment. */
export interface SigningKeys {
  /** The keyring of this context, where the isolate's memory has it; null: {@link current} will know. */
  remembered(now: number): Keyring | null
  /**
   * The keyring of this moment; touches storage only where the isolate's memory is over.
   * @throws StoreUnavailable where D1 does not answer and nothing recent enough is known
   * @throws SchemaMismatch where D1 holds another schema
   */
  current(context: Context): Promise<Keyring>
  /**
   * The keyring with a key that D1 is known to hold: looks again where the isolate's memory is older.
   * @throws as {@link SigningKeys.current}
   */
  holding(kid: string, context: Context): Promise<Keyring>
  /**
   * The scheduled work: does what operators asked for, and deletes what is over.
   * @throws as {@link SigningKeys.current}
   */
  maintain(context: Context): Promise<void>
}

/** What the signing keys need: a store and a way to report, the configuration, dated copies. */
export type SigningKeysOptions = Omit<Looker, 'held'> &
  Lifetimes & {
    readonly keyEncryptionKeys: KeyEncryptionKeyOctets
    readonly copies: DatedCopies
  }

/** What an isolate remembers. Values only: a promise of one request is no use to another. */
type Isolate = {
  readonly options: SigningKeysOptions
  held: HeldKeyEncryptionKeys | null
  snapshot: Snapshot | null
  lookAt: number
  failure: { readonly at: number; readonly fault: StoreUnavailable | SchemaMismatch } | null
  /** Findings reported already. */
  reported: ReadonlySet<string>
}

const copyName = 'signing-keys'

/** The signing keys of a store, remembered in the isolate. */
export function signingKeys(options: SigningKeysOptions): SigningKeys {
  const isolate: Isolate = {
    options,
    held: null,
    snapshot: null,
    lookAt: Number.NEGATIVE_INFINITY,
    failure: null,
    reported: new Set(),
  }
  return {
    remembered: (now) => remembered(isolate, now),
    current: (context) => current(isolate, context),
    holding: (kid, context) => holding(isolate, kid, context),
    maintain: (context) => maintain(isolate, context),
  }
}

function remembered(isolate: Isolate, now: number): Keyring | null {
  const { failure, lookAt, options } = isolate
  if (isolate.snapshot === null) return null
  isolate.snapshot = advance(isolate.snapshot, now, options)
  const silentAt = failure?.fault instanceof StoreUnavailable ? failure.at : -Infinity
  const serves = servesUnasked(isolate.snapshot, { lookAt, silentAt }, now, options)
  return serves ? isolate.snapshot.keyring : null
}

async function current(isolate: Isolate, context: Context): Promise<Keyring> {
  const { now } = context
  const known = remembered(isolate, now)
  if (known !== null) return known
  const { failure, options } = isolate
  // A silent D1 costs its time limit once in a while, not once a request.
  if (failure !== null && now - failure.at < pause) throw failure.fault
  isolate.lookAt = now
  try {
    return (await lookNow(isolate, context, 'new')).snapshot.keyring
  } catch (fault) {
    if (!(fault instanceof StoreUnavailable || fault instanceof SchemaMismatch)) throw fault
    isolate.failure = { at: now, fault }
    const last = fault instanceof StoreUnavailable ? await lastKnown(isolate, now) : null
    if (last === null) throw fault
    const cause = String(fault.cause ?? fault.message)
    options.report({ code: 'keys_stale', as_of: last.asOf, cause })
    return last.keyring
  }
}

async function holding(isolate: Isolate, kid: string, context: Context): Promise<Keyring> {
  const keyring = await current(isolate, context)
  if (keyring.published.some((key) => key.kid === kid)) return keyring
  isolate.lookAt = context.now
  return (await lookNow(isolate, context, 'new')).snapshot.keyring
}

async function maintain(isolate: Isolate, context: Context): Promise<void> {
  const { now } = context
  const { sorted } = await lookNow(isolate, context, 'all')
  const looker = await lookerOf(isolate)
  await fulfilIntents(looker, sorted, now)
  await pruneKeys(looker, sorted.keys, { now, staleness: stalenessOf(isolate.options) })
  await lookNow(isolate, context, 'new')
}

async function lookerOf(isolate: Isolate): Promise<Looker> {
  isolate.held ??= await importKeyEncryptionKeys(isolate.options.keyEncryptionKeys)
  const { store, issuer, signingAlg, report } = isolate.options
  return { store, issuer, signingAlg, report, held: isolate.held }
}

async function lookNow(
  isolate: Isolate,
  { now, defer }: Context,
  announced: 'new' | 'all',
): Promise<{ snapshot: Snapshot; sorted: Sorted }> {
  const { copies, staleIfError } = isolate.options
  const sorted = await look(await lookerOf(isolate), isolate.snapshot?.keys ?? [], now)
  announce(isolate, sorted.findings, announced)
  if (sorted.made !== null) isolate.options.report(sorted.made)
  const snapshot = remember(isolate, sorted, now, now)
  if (snapshot === null) throw new StoreUnavailable('D1 does not keep a usable signing key')
  isolate.failure = null
  const value = sorted.keys.map(({ stored }) => stored)
  if (staleIfError > 0) defer(copies.write(copyName, { asOf: now, value }))
  return { snapshot, sorted }
}

/** What D1 said last, from the isolate or from the dated copy. */
async function lastKnown(isolate: Isolate, now: number): Promise<Snapshot | null> {
  const { snapshot, options } = isolate
  if (snapshot !== null && servesInSilence(snapshot.asOf, now, options)) return snapshot
  const copy = await options.copies.read(copyName, now)
  if (copy === null || now - copy.asOf > options.staleIfError) return null
  if (!Array.isArray(copy.value)) return null
  // A copy is believed no more than D1 is: its rows are opened like any.
  const looker = await lookerOf(isolate)
  const sorted = await sortRows(copy.value, looker, snapshot?.keys ?? [])
  announce(isolate, sorted.findings, 'new')
  return remember(isolate, sorted, copy.asOf, now)
}

function remember(isolate: Isolate, { keys }: Sorted, asOf: number, now: number): Snapshot | null {
  const taken = takeSnapshot(keys, asOf, now, isolate.options)
  if (taken !== null && (isolate.snapshot === null || isolate.snapshot.asOf <= asOf)) {
    isolate.snapshot = taken
  }
  return taken
}

/** Reports `new` findings, or, for the scheduled work, `all`: what is still so. */
function announce(
  isolate: Isolate,
  findings: readonly KeyFinding[],
  announced: 'new' | 'all',
): void {
  const name = ({ code, kid }: KeyFinding): string => `${code} ${kid}`.slice(0, 200)
  const before = isolate.reported
  isolate.reported = new Set(findings.map(name))
  for (const finding of findings) {
    if (announced === 'all' || !before.has(name(finding))) isolate.options.report(finding)
  }
}
