import type { Signer } from '../tokens/compact-jws.ts'
import { isPublished, keyStates } from './key-states.ts'
import type { UsableKey } from './load-keys.ts'
import type { PublishedJwk } from './public-jwk.ts'

/** The keys at one time: an immutable value. Times in seconds since the epoch. */
export type Keyring = {
  /** When D1 was read. */
  readonly asOf: number
  readonly signer: Signer
  /** Upcoming, signing and retired keys, the newest first; public members only. */
  readonly published: readonly PublishedJwk[]
  /** When the keyring changes by time only. */
  readonly changesAt: number
}

/** A keyring with the keys that form it. */
export type Snapshot = Keyring & { readonly keys: readonly UsableKey[] }

/**
 * The keyring that keys form at a time.
 * @param staleness how long (seconds) any isolate may sign with cached keys
 * @returns null if there is no key
 */
export function keyringAt(
  keys: readonly UsableKey[],
  { asOf, now, staleness }: { asOf: number; now: number; staleness: number },
): Snapshot | null {
  const stated = keyStates(keys, now, staleness)
  const signing = stated.find(({ state }) => state.state === 'signing')
  if (signing === undefined) return null
  const { kid, alg, privateKey } = signing.key
  const changes = stated.flatMap(({ state }) => {
    if (state.state === 'upcoming') return [state.signsFrom]
    return state.state === 'retired' ? [state.publishedUntil] : []
  })
  return {
    asOf,
    keys,
    signer: { kid, alg, key: privateKey },
    published: stated
      .filter(({ state }) => isPublished(state, now))
      .map(({ key }) => ({ ...key.jwk, kid: key.kid, alg: key.alg, use: 'sig' })),
    changesAt: Math.min(...changes.filter((at) => at > now), Number.POSITIVE_INFINITY),
  }
}
