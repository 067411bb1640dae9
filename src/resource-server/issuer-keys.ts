import type { CryptoKey } from 'jose'
import { err, ok, type Result } from '../encoding/result.ts'
import type { UnverifiedToken } from '../tokens/token-header.ts'
import type { TokenRefusal } from '../tokens/token-refusal.ts'
import { type VerificationKeys, verificationKey } from '../tokens/verification-keys.ts'
import { type DocumentSource, fetchKeySetUrl, fetchKeys } from './issuer-documents.ts'
import type { UnavailableRefusal } from './refusal.ts'

/** In seconds: how long keys are fresh. The server's max-age is used within these bounds. */
const minFresh = 30
const defaultFresh = 300
const maxFresh = 600
/** An unknown kid causes at most one fetch in this time: any caller can invent one. */
const unknownKidInterval = 30
/** Stale keys are used for at most this time while fetching fails. Withdrawn keys work as long. */
const maxStale = 3600
/** How long to wait after a failed fetch. */
const retryAfter = 5
/** How long the URL of the keys is cached. */
const metadataFresh = 3600
/** At most this many requests fetch at once. Others poll for the result, in milliseconds. */
const maxConcurrent = 2
const pollInterval = 50
const pollTimeout = 5_000

type CachedKeys = {
  readonly keys: VerificationKeys
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** Makes the cache of one issuer's keys. No request waits for another's I/O: Workers cancel such waits. */
export function issuerKeys(source: DocumentSource) {
  const { cached, isFetching, refresh } = keyCache(keyLoader(source))

  const current = async (now: number): Promise<Result<CachedKeys, UnavailableRefusal>> => {
    const last = cached()
    if (last !== null && now < last.freshUntil) return ok(last)
    const isUsable = last !== null && now < last.fetchedAt + maxStale
    if (isUsable && isFetching(now, 1)) return ok(last)
    const refreshed = await refresh(now)
    return !refreshed.ok && isUsable ? ok(last) : refreshed
  }

  return {
    /** @param now seconds since the epoch */
    async keyOf(
      token: UnverifiedToken,
      now: number,
    ): Promise<Result<CryptoKey, TokenRefusal | UnavailableRefusal>> {
      const last = await current(now)
      if (!last.ok) return last
      const { keys, fetchedAt } = last.value
      // Fetch only for an unknown kid, and only if the keys were not fetched just now.
      if (keys.has(token.kid) || now - fetchedAt < unknownKidInterval) {
        return verificationKey(keys, token)
      }
      const refreshed = await refresh(now)
      return refreshed.ok ? verificationKey(refreshed.value.keys, token) : refreshed
    },
  }
}

type Load = (now: number) => Promise<Result<CachedKeys, string>>

/** The keys fetched last, and their refresh: by few requests at once, and not right after a failure. */
function keyCache(load: Load) {
  let cached: CachedKeys | null = null
  let failure: { readonly problem: string; readonly until: number } | null = null
  let fetches: number[] = []
  let completed = 0

  /** Counts fetches by their start: a fetch whose request was cancelled never completes. */
  const isFetching = (now: number, count: number): boolean => {
    fetches = fetches.filter((start) => now - start < pollTimeout / 1000)
    return fetches.length >= count
  }

  const pollOthers = async (before: number): Promise<Result<CachedKeys, UnavailableRefusal>> => {
    for (let waited = 0; waited < pollTimeout && completed === before; waited += pollInterval) {
      await new Promise((resolve) => setTimeout(resolve, pollInterval))
    }
    if (completed !== before && failure === null && cached !== null) return ok(cached)
    return unavailable(failure?.problem ?? 'no answer in time')
  }

  const refresh = async (now: number): Promise<Result<CachedKeys, UnavailableRefusal>> => {
    if (failure !== null && now < failure.until) return unavailable(failure.problem)
    if (isFetching(now, maxConcurrent)) return pollOthers(completed)
    fetches.push(now)
    const loaded = await load(now)
    const index = fetches.indexOf(now)
    if (index >= 0) fetches.splice(index, 1)
    completed++
    failure = loaded.ok ? null : { problem: loaded.error, until: now + retryAfter }
    if (!loaded.ok) return unavailable(loaded.error)
    if (cached === null || cached.fetchedAt <= now) cached = loaded.value
    return loaded
  }

  return { cached: () => cached, isFetching, refresh }
}

/** Makes the function that fetches the keys. It caches their URL. */
function keyLoader(source: DocumentSource): Load {
  let location: { readonly url: string; readonly until: number } | null = null
  return async (now) => {
    if (location === null || now >= location.until) {
      const url = await fetchKeySetUrl(source)
      if (!url.ok) return url
      location = { url: url.value, until: now + metadataFresh }
    }
    const fetched = await fetchKeys(source, location.url)
    if (!fetched.ok) {
      location = null // The keys may have moved.
      return fetched
    }
    const { keys, maxAge } = fetched.value
    const fresh = Math.max(minFresh, Math.min(maxFresh, maxAge ?? defaultFresh))
    return ok({ keys, fetchedAt: now, freshUntil: now + fresh })
  }
}

const unavailable = (problem: string) => err({ code: 'keys_unavailable', problem } as const)
