import { type Keyring, keyringAt } from './keyring.ts'
import type { UsableKey } from './usable-keys.ts'

/** What D1 said at a time, and the keyring it makes by now: an immutable value. */
export type Snapshot = {
  /** When D1 said so (seconds since the epoch). */
  readonly asOf: number
  readonly keys: readonly UsableKey[]
  readonly keyring: Keyring
}

/** How long what D1 said may serve, in seconds. */
export type Lifetimes = {
  /** How long an isolate does not look again: the bound for revocation. */
  readonly fresh: number
  /** How long after D1 last spoke its word may serve while D1 does not answer. */
  readonly staleIfError: number
}

/** For so many seconds one look is enough, whether it is under way or has failed. */
export const pause = 5

/** For how long any isolate may sign with what it remembers (seconds). */
export const stalenessOf = ({ fresh, staleIfError }: Lifetimes): number =>
  Math.max(fresh, staleIfError)

/** The snapshot that keys read at `asOf` make at `now`, or null where there is no key. */
export function takeSnapshot(
  keys: readonly UsableKey[],
  asOf: number,
  now: number,
  lifetimes: Lifetimes,
): Snapshot | null {
  const keyring = keyringAt(keys, { asOf, now, staleness: stalenessOf(lifetimes) })
  return keyring === null ? null : { asOf, keys, keyring }
}

/** The same snapshot by `now`: time alone lets a key start to sign, and retired ones go. */
export const advance = (snapshot: Snapshot, now: number, lifetimes: Lifetimes): Snapshot =>
  now < snapshot.keyring.changesAt
    ? snapshot
    : (takeSnapshot(snapshot.keys, snapshot.asOf, now, lifetimes) ?? snapshot)

/**
 * Whether a snapshot serves without a look at D1.
 * @param last when (seconds since the epoch) a look was last begun, and when D1 last failed to answer
 */
export function servesUnasked(
  { asOf }: Snapshot,
  last: { readonly lookAt: number; readonly silentAt: number },
  now: number,
  { fresh, staleIfError }: Lifetimes,
): boolean {
  const age = now - asOf
  if (age < fresh - pause) return true
  // Another request looks already: one look an isolate, not one a request.
  if (age < fresh) return now - last.lookAt < pause
  return age <= staleIfError && now - last.silentAt < pause
}

/** Whether a snapshot may serve now that D1 does not answer. */
export const servesInSilence = (asOf: number, now: number, lifetimes: Lifetimes): boolean =>
  now - asOf < lifetimes.fresh || now - asOf <= lifetimes.staleIfError
