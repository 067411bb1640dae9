import { maxTokenTtl } from '../oauth/max-token-ttl.ts'

/** When a key was made, starts to sign and was revoked: seconds since the epoch. */
export type KeyDates = {
  readonly kid: string
  readonly createdAt: number
  readonly activateAt: number
  readonly revokedAt: number | null
}

/** What a key does at a time. It is derived from its dates and never stored. */
export type KeyState =
  | { readonly state: 'upcoming'; readonly signsFrom: number }
  | { readonly state: 'signing'; readonly since: number }
  /** Published until its last token has expired. */
  | { readonly state: 'retired'; readonly supersededAt: number; readonly publishedUntil: number }
  | { readonly state: 'revoked'; readonly revokedAt: number }

/** A key with its state. */
export type StatedKey<K extends KeyDates> = { readonly key: K; readonly state: KeyState }

/** How far the clock of an API may be behind (seconds). */
const clockSkew = 60

/** Default of how long an isolate may sign with cached keys (seconds). */
const defaultStaleness = 300

/** Default of how long a new key is published before it signs (seconds). */
export const defaultPublishAhead = 15 * 60

/**
 * The state of each key of one issuer, the newest first.
 *
 * Of the keys whose activation time has come, the newest signs. If there is none because it was revoked, the
 * next upcoming key signs at once: it is published already, a new one would not be.
 * @param keys usable keys, and revoked ones
 * @param now seconds since the epoch
 * @param staleness how long (seconds) an isolate may sign with cached keys
 */
export function keyStates<K extends KeyDates>(
  keys: readonly K[],
  now: number,
  staleness: number = defaultStaleness,
): StatedKey<K>[] {
  const live = keys.filter((key) => key.revokedAt === null).sort(oldestFirst)
  const signing = Math.max(
    0,
    live.findLastIndex((key) => key.activateAt <= now),
  )
  const stateOf = (key: K): KeyState => {
    if (key.revokedAt !== null) return { state: 'revoked', revokedAt: key.revokedAt }
    const index = live.indexOf(key)
    if (index === signing) return { state: 'signing', since: Math.min(key.activateAt, now) }
    const successor = live[index + 1]
    if (index > signing || successor === undefined) {
      return { state: 'upcoming', signsFrom: key.activateAt }
    }
    const supersededAt = successor.activateAt
    // When every API refuses the last token that it may have signed.
    const publishedUntil = supersededAt + staleness + maxTokenTtl + clockSkew
    return { state: 'retired', supersededAt, publishedUntil }
  }
  return keys.toSorted((a, b) => oldestFirst(b, a)).map((key) => ({ key, state: stateOf(key) }))
}

const oldestFirst = (a: KeyDates, b: KeyDates): number =>
  a.activateAt - b.activateAt || a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1)

/** Whether a key in this state is in the JWK Set. */
export const isPublished = (state: KeyState, now: number): boolean =>
  state.state === 'retired' ? now < state.publishedUntil : state.state !== 'revoked'
