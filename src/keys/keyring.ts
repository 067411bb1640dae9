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
  /** When the keyring changes by time alone. */
  readonly changesAt: number
}

/**
 * The keyring that keys form at a time.
 * @param staleness how long (seconds) any isolate may sign with cached keys
 * @returns null if there is no key
 */
export function keyringAt(
  keys: readonly UsableKey[],
  { asOf, now, staleness }: { asOf: number; now: number; staleness: number },
): Keyring | null {
  const dated = keys.map((usable) => ({ ...datesOf(usable), usable }))
  const stated = keyStates(dated, now, staleness)
  const signing = stated.find(({ state }) => state.state === 'signing')
  if (signing === undefined) return null
  const { row, privateKey } = signing.key.usable
  const changes = stated.flatMap(({ state }) => {
    if (state.state === 'upcoming') return [state.signsFrom]
    return state.state === 'retired' ? [state.publishedUntil] : []
  })
  return {
    asOf,
    signer: { kid: row.kid, alg: row.alg, key: privateKey },
    published: stated
      .filter(({ state }) => isPublished(state, now))
      .map(({ key }) => publish(key.usable)),
    changesAt: Math.min(...changes.filter((at) => at > now), Number.POSITIVE_INFINITY),
  }
}

/** The dates of a key that is not revoked. */
export const datesOf = ({ row }: UsableKey) => ({
  kid: row.kid,
  createdAt: row.createdAt,
  activateAt: row.activateAt,
  revokedAt: null,
})

const publish = ({ jwk, row }: UsableKey): PublishedJwk => ({
  ...jwk, // `publicMembers` left only public members
  kid: row.kid,
  alg: row.alg,
  use: 'sig',
})
