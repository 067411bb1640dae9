import { boundedCache } from '../encoding/bounded-cache.ts'
import { utf8 } from '../encoding/bytes.ts'
import { err, type Result } from '../encoding/result.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import { maxTokenLength } from '../tokens/token-header.ts'
import { excerpt, type TokenRefusal } from '../tokens/token-refusal.ts'
import { type Expected, readVerifiedClaims, type VerifiedToken } from '../tokens/verified-token.ts'
import { defaultUnknownLimit, type IntrospectionOptions, introspect } from './introspection.ts'
import type { UnavailableRefusal } from './refusal.ts'

/**
 * Introspects a token of any kind at its issuer. The response must satisfy the same rules as a JWT:
 * issuer, audience, times and confirmation.
 * @param caller x5t#S256 of the connection's certificate, or null
 * @param now seconds since the epoch
 */
export type IntrospectedTokens = (
  text: string,
  caller: string | null,
  now: number,
) => Promise<Result<VerifiedToken, TokenRefusal | UnavailableRefusal>>

/** In seconds: how long an inactive token is cached. */
const inactiveTtl = 5
const maxInactiveTokens = 2000
/** In seconds since its last valid token: how long a caller is known. */
const knownTtl = 3600
const maxKnownCallers = 5000

/**
 * Makes the reader. Callers cause requests to the server, which rate-limits this API as one client. So
 * callers with a recent valid token are always served, and all others share a limit.
 */
export function introspectedTokens(
  options: IntrospectionOptions,
  expected: Expected,
): IntrospectedTokens {
  const inactive = boundedCache<number>(maxInactiveTokens)
  const known = boundedCache<number>(maxKnownCallers)
  const isCurrent = (until: number | undefined, now: number) => until !== undefined && now < until
  const admitUnknown = windowLimiter(options.strangers ?? defaultUnknownLimit)

  return async (text, caller, now) => {
    if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
    const hash = await sha256Base64url(utf8(text))
    if (isCurrent(inactive.get(hash), now)) return err({ code: 'token_inactive' })
    // An unbound token is known by its own hash.
    const keys = caller === null ? [hash] : [caller, hash]
    if (!keys.some((key) => isCurrent(known.get(key), now)) && !admitUnknown(now)) {
      return err({ code: 'introspection_unavailable', problem: 'too many unknown callers' })
    }
    const response = await introspect(text, options)
    if (!response.ok) return err({ code: 'introspection_unavailable', problem: response.error })
    const { active, ...claims } = response.value
    if (!active) {
      inactive.set(hash, now + inactiveTtl)
      return err({ code: 'token_inactive' })
    }
    const otherType = checkTokenType(claims)
    const token = otherType === null ? readVerifiedClaims(claims, expected, now) : err(otherType)
    if (token.ok && isOwner(token.value, caller)) {
      known.set(token.value.thumbprint ?? hash, now + knownTtl)
    }
    return token
  }
}

/** Only a token bound to this certificate makes the caller known. */
const isOwner = ({ thumbprint }: VerifiedToken, caller: string | null): boolean =>
  thumbprint === null || thumbprint === caller

/** In seconds. */
const windowLength = 10

/** Makes a limiter that admits at most `max` calls in each window. */
function windowLimiter(max: number): (now: number) => boolean {
  let start = 0
  let admitted = 0
  return (now) => {
    // A clock that was set back starts a new window, too.
    if (now < start || now >= start + windowLength) {
      start = now
      admitted = 0
    }
    if (admitted >= max) return false
    admitted++
    return true
  }
}

/** Members that name the type of a token, and their values for an access token, in lower case. */
const typeMembers: ReadonlyMap<string, readonly string[]> = new Map([
  ['token_type', ['bearer']], // RFC 7662 section 2.2, RFC 6749 section 7.1
  // RFC 9068 section 2.1, and the values of servers that introspect ID and refresh tokens, too.
  ['typ', ['at+jwt', 'application/at+jwt', 'bearer']],
  ['token_use', ['access_token', 'access']],
])

/** Returns null if every member that is present says "access token". */
function checkTokenType(claims: Readonly<Record<string, unknown>>): TokenRefusal | null {
  for (const [member, expected] of typeMembers) {
    const type = claims[member]
    if (type === undefined) continue
    if (typeof type !== 'string' || !expected.includes(type.toLowerCase())) {
      return { code: 'token_type', type: excerpt(type) }
    }
  }
  return null
}
