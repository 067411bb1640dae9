import { type Keyring, keyringAt } from './keyring.ts'
import type { UsableKey } from './load-keys.ts'

/** The keys of D1 at one time, and the keyring they form now: an immutable value. */
export type Snapshot = {
  /** When D1 was read (seconds since the epoch). */
  readonly asOf: number
  readonly keys: readonly UsableKey[]
  readonly keyring: Keyring
}

/** How long a snapshot may be used, in seconds. */
export type Lifetimes = {
  /** Without reading D1 again: the longest time until a revocation takes effect. */
  readonly fresh: number
  /** While D1 does not answer. */
  readonly staleIfError: number
}

/** One read of D1 in so many seconds is enough, whether it is under way or has failed. */
export const retryAfter = 5

/** How long any isolate may sign with cached keys (seconds). */
export const stalenessOf = ({ fresh, staleIfError }: Lifetimes): number =>
  Math.max(fresh, staleIfError)

/** The snapshot of keys read at `asOf`; null if there is no key. */
export function takeSnapshot(
  keys: readonly UsableKey[],
  asOf: number,
  now: number,
  lifetimes: Lifetimes,
): Snapshot | null {
  const keyring = keyringAt(keys, { asOf, now, staleness: stalenessOf(lifetimes) })
  return keyring === null ? null : { asOf, keys, keyring }
}

/** The same snapshot at a later time: keys start to sign and retire by time alone. */
export const advance = (snapshot: Snapshot, now: number, lifetimes: Lifetimes): Snapshot =>
  now < snapshot.keyring.changesAt
    ? snapshot
    : (takeSnapshot(snapshot.keys, snapshot.asOf, now, lifetimes) ?? snapshot)

/**
 * Whether a snapshot may be used without reading D1.
 * @param last when (seconds since the epoch) the last read started, and when D1 last failed
 */
export function usableWithoutRead(
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
export const usableAfterFailure = (asOf: number, now: number, lifetimes: Lifetimes): boolean =>
  now - asOf < lifetimes.fresh || now - asOf <= lifetimes.staleIfError
