import type { CryptoKey } from 'jose'
import { err, ok, type Result } from '../encoding/result.ts'
import type { UnverifiedToken } from '../tokens/token-header.ts'
import type { TokenRefusal } from '../tokens/token-refusal.ts'
import { type VerificationKeys, verificationKey } from '../tokens/verification-keys.ts'
import { type DocumentSource, fetchKeySetUrl, fetchKeys } from './issuer-documents.ts'
import type { UnavailableRefusal } from './refusal.ts'

/** An issuer's keys, fetched when needed and kept as values: no request waits on another's I/O. */
export interface IssuerKeys {
  /** @param now seconds since the epoch */
  keyOf(
    token: UnverifiedToken,
    now: number,
  ): Promise<Result<CryptoKey, TokenRefusal | UnavailableRefusal>>
}

/** In seconds: how long keys are fresh, by what their server says and within these bounds. */
const leastFresh = 30
const usualFresh = 300
const mostFresh = 600
/** A kid that is not among the keys has them fetched anew, so often at most: anybody can make one up. */
const unknownFloor = 30
/** Keys that cannot be fetched anew serve so long at most: a withdrawn one would serve as long. */
const staleCeiling = 3600
/** After a failure the issuer is left alone for a while. */
const pause = 5
/** How long the place of the keys is believed. */
const metadataFresh = 3600
/** So many requests fetch at once; others look out for what comes of it, for so many milliseconds. */
const maxFetching = 2
const lookEvery = 50
const lookFor = 5_000

type Known = {
  readonly keys: VerificationKeys
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** Makes the memory of one issuer's keys. */
export function issuerKeys(source: DocumentSource): IssuerKeys {
  const { known, isUnderWay, renew } = renewal(keyLoader(source))

  const current = async (now: number): Promise<Result<Known, UnavailableRefusal>> => {
    const last = known()
    if (last !== null && now < last.freshUntil) return ok(last)
    const serves = last !== null && now < last.fetchedAt + staleCeiling
    if (serves && isUnderWay(now, 1)) return ok(last)
    const renewed = await renew(now)
    return !renewed.ok && serves ? ok(last) : renewed
  }

  return {
    async keyOf(token, now) {
      const last = await current(now)
      if (!last.ok) return last
      const { keys, fetchedAt } = last.value
      // With its key at hand, or known to be none a moment ago, there is nothing to ask.
      if (keys.has(token.kid) || now - fetchedAt < unknownFloor) return verificationKey(keys, token)
      const renewed = await renew(now)
      return renewed.ok ? verificationKey(renewed.value.keys, token) : renewed
    },
  }
}

type Load = (now: number) => Promise<Result<Known, string>>

/** The keys last fetched, and how they are fetched anew: by few at once, and not right after a failure. */
function renewal(load: Load) {
  let known: Known | null = null
  let failed: { readonly problem: string; readonly until: number } | null = null
  let fetching: number[] = []
  let settled = 0

  /** By their times: a request that was cancelled in the middle never says that it is done. */
  const isUnderWay = (now: number, by: number): boolean => {
    fetching = fetching.filter((since) => now - since < lookFor / 1000)
    return fetching.length >= by
  }

  const outcomeOfOthers = async (before: number): Promise<Result<Known, UnavailableRefusal>> => {
    for (let waited = 0; waited < lookFor && settled === before; waited += lookEvery) {
      await new Promise((resolve) => setTimeout(resolve, lookEvery))
    }
    if (settled !== before && failed === null && known !== null) return ok(known)
    return unavailable(failed?.problem ?? 'no answer in time')
  }

  const renew = async (now: number): Promise<Result<Known, UnavailableRefusal>> => {
    if (failed !== null && now < failed.until) return unavailable(failed.problem)
    if (isUnderWay(now, maxFetching)) return outcomeOfOthers(settled)
    fetching.push(now)
    const loaded = await load(now)
    const at = fetching.indexOf(now)
    if (at >= 0) fetching.splice(at, 1)
    settled++
    failed = loaded.ok ? null : { problem: loaded.error, until: now + pause }
    if (!loaded.ok) return unavailable(loaded.error)
    if (known === null || known.fetchedAt <= now) known = loaded.value
    return loaded
  }

  return { known: () => known, isUnderWay, renew }
}

/** Makes a function that fetches the keys, and remembers for a while where they are. */
function keyLoader(source: DocumentSource): Load {
  let place: { readonly url: string; readonly until: number } | null = null
  return async (now) => {
    if (place === null || now >= place.until) {
      const url = await fetchKeySetUrl(source)
      if (!url.ok) return url
      place = { url: url.value, until: now + metadataFresh }
    }
    const fetched = await fetchKeys(source, place.url)
    if (!fetched.ok) {
      place = null // It may have moved.
      return fetched
    }
    const { keys, maxAge } = fetched.value
    const fresh = Math.max(leastFresh, Math.min(mostFresh, maxAge ?? usualFresh))
    return ok({ keys, fetchedAt: now, freshUntil: now + fresh })
  }
}

const unavailable = (problem: string) => err({ code: 'keys_unavailable', problem } as const)
