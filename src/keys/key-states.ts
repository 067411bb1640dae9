import { maxTokenTtl } from '../oauth/max-token-ttl.ts'

/** When a key was made, starts to sign and was revoked: seconds since the epoch. */
export type KeyDates = {
  readonly kid: string
  readonly createdAt: number
  readonly activateAt: number
  readonly revokedAt: number | null
}

/** What a key does at a moment. It is derived from dates and never stored. */
export type KeyState =
  | { readonly state: 'upcoming'; readonly signsFrom: number }
  | { readonly state: 'signing'; readonly since: number }
  /** Published until then, so that the last token it signed can be verified. */
  | { readonly state: 'retired'; readonly supersededAt: number; readonly publishedUntil: number }
  | { readonly state: 'revoked'; readonly revokedAt: number }

/** A key with its state. */
export type StatedKey<K extends KeyDates> = { readonly key: K; readonly state: KeyState }

/** How far the clocks of those who verify may be behind (seconds). */
export const clockSkew = 60

/** For so long an isolate may go on signing with what it remembers, by default (seconds). */
export const defaultStaleness = 300

/** How long ahead of its use a new key is published, unless the operator says otherwise (seconds). */
export const defaultPublishAhead = 15 * 60

/**
 * The state of each key of one issuer, the youngest first.
 *
 * The youngest key whose time has come signs. Where none has, because the one that did was revoked,
 * the next upcoming one signs at once: it is published already, which a new one would not be.
 * @param keys keys that can be used, and revoked ones
 * @param now seconds since the epoch
 * @param staleness for how long (seconds) an isolate may sign with what it remembers
 */
export function keyStates<K extends KeyDates>(
  keys: readonly K[],
  now: number,
  staleness: number = defaultStaleness,
): StatedKey<K>[] {
  const live = keys.filter((key) => key.revokedAt === null).sort(elderFirst)
  const signing = Math.max(
    0,
    live.findLastIndex((key) => key.activateAt <= now),
  )
  const stateOf = (key: K): KeyState => {
    if (key.revokedAt !== null) return { state: 'revoked', revokedAt: key.revokedAt }
    const place = live.indexOf(key)
    if (place === signing) return { state: 'signing', since: Math.min(key.activateAt, now) }
    const successor = live[place + 1]
    if (place > signing || successor === undefined) {
      return { state: 'upcoming', signsFrom: key.activateAt }
    }
    const supersededAt = successor.activateAt
    return { state: 'retired', supersededAt, publishedUntil: endOf(supersededAt, staleness) }
  }
  return keys.toSorted((a, b) => elderFirst(b, a)).map((key) => ({ key, state: stateOf(key) }))
}

/** When the last token that a superseded key can have signed is refused everywhere. */
const endOf = (supersededAt: number, staleness: number): number =>
  supersededAt + staleness + maxTokenTtl + clockSkew

const elderFirst = (a: KeyDates, b: KeyDates): number =>
  a.activateAt - b.activateAt || a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1)

/** Whether a key in that state stands in the JWK Set. */
export const isPublished = (state: KeyState, now: number): boolean =>
  state.state === 'retired' ? now < state.publishedUntil : state.state !== 'revoked'
