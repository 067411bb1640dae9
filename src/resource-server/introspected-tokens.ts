import { toBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { utf8 } from '../encoding/bytes.ts'
import { err, type Result } from '../encoding/result.ts'
import { maxTokenLength } from '../tokens/token-header.ts'
import { excerpt, type TokenRefusal } from '../tokens/token-refusal.ts'
import { type Expected, readVerifiedClaims, type VerifiedToken } from '../tokens/verified-token.ts'
import { type IntrospectionOptions, introspect, usualStrangers } from './introspection.ts'
import type { UnavailableRefusal } from './refusal.ts'

/**
 * Reads a token of any kind by asking the server that issued it. The answer is held to what a token
 * would be held to: issuer, audience, times and confirmation.
 * @param caller x5t#S256 of the certificate of the connection; null where there is none
 * @param now seconds since the epoch
 */
export type IntrospectedTokens = (
  text: string,
  caller: string | null,
  now: number,
) => Promise<Result<VerifiedToken, TokenRefusal | UnavailableRefusal>>

/** In seconds: how long a token that is none is not asked about again. */
const inactiveFor = 5
const inactiveRemembered = 2000
/** In seconds since a caller last had a good token: how long it is no stranger. */
const knownFor = 3600
const callersRemembered = 5000

/**
 * Makes a reader. What callers send becomes questions to the server, which counts them against this
 * API: so those whose tokens were good lately are asked for always, all others within a bound.
 */
export function introspectedTokens(
  options: IntrospectionOptions,
  expected: Expected,
): IntrospectedTokens {
  const inactive = boundedCache<number>(inactiveRemembered)
  const known = boundedCache<number>(callersRemembered)
  const lasts = (until: number | undefined, now: number) => until !== undefined && now < until
  const admitStranger = strangerBound(options.strangers ?? usualStrangers)

  return async (text, caller, now) => {
    if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
    const hash = await sha256(text)
    if (lasts(inactive.get(hash), now)) return err({ code: 'token_inactive' })
    // A token that is bound to nothing is known by itself.
    const names = caller === null ? [hash] : [caller, hash]
    if (!names.some((name) => lasts(known.get(name), now)) && !admitStranger(now)) {
      return err({ code: 'introspection_unavailable', problem: 'too many unknown callers' })
    }
    const answer = await introspect(text, options)
    if (!answer.ok) return err({ code: 'introspection_unavailable', problem: answer.error })
    const { active, ...claims } = answer.value
    if (!active) {
      inactive.set(hash, now + inactiveFor)
      return err({ code: 'token_inactive' })
    }
    const kind = otherKind(claims)
    const token = kind === null ? readVerifiedClaims(claims, expected, now) : err(kind)
    if (token.ok && isOwner(token.value, caller)) {
      known.set(token.value.thumbprint ?? hash, now + knownFor)
    }
    return token
  }
}

/** Somebody else's good token makes nobody known. */
const isOwner = ({ thumbprint }: VerifiedToken, caller: string | null): boolean =>
  thumbprint === null || thumbprint === caller

/** In seconds. */
const window = 10

/** Admits so many in each window. */
function strangerBound(most: number): (now: number) => boolean {
  let began = 0
  let admitted = 0
  return (now) => {
    // A clock that was put back begins anew, too.
    if (now < began || now >= began + window) {
      began = now
      admitted = 0
    }
    if (admitted >= most) return false
    admitted++
    return true
  }
}

async function sha256(text: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

/** Members that tell what kind of token it is, and what they hold for an access token, in lower case. */
const kinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['token_type', ['bearer']], // RFC 7662 section 2.2, RFC 6749 section 7.1
  // RFC 9068 section 2.1, and what servers write that have ID and refresh tokens at the same endpoint.
  ['typ', ['at+jwt', 'application/at+jwt', 'bearer']],
  ['token_use', ['access_token', 'access']],
])

/** Null where it is an access token, as far as the server says. */
function otherKind(claims: Readonly<Record<string, unknown>>): TokenRefusal | null {
  for (const [member, usual] of kinds) {
    const said = claims[member]
    if (said === undefined) continue
    if (typeof said !== 'string' || !usual.includes(said.toLowerCase())) {
      return { code: 'token_type', type: excerpt(said) }
    }
  }
  return null
}
