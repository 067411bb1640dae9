import { err, ok, type Result } from '../encoding/result.ts'
import { parseScope } from '../oauth/scope.ts'
import { readConfirmation } from './confirmation.ts'
import { excerpt, type TokenRefusal } from './token-refusal.ts'

declare const verified: unique symbol

/** An access token with a valid signature and valid claims. Times in seconds. */
export type VerifiedToken = {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  readonly audience: readonly string[]
  readonly scope: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** The `jti` claim. */
  readonly id: string
  /** x5t#S256 of the certificate that it is bound to (RFC 8705 section 3.1); null if it is unbound. */
  readonly thumbprint: string | null
  /** All claims. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly [verified]: true
}

/** What the claims of a token must match. */
export type Expected = {
  readonly issuer: string
  /** The token must name one of them. */
  readonly audience: readonly string[]
  /** How far the clocks of issuer and verifier may differ, in seconds. */
  readonly clockSkew: number
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Checks the claims of a token whose signature is valid.
 * @param now seconds since the epoch
 * @see RFC 9068 sections 2.2 and 4
 */
export function readVerifiedClaims(
  claims: Claims,
  expected: Expected,
  now: number,
): Result<VerifiedToken, TokenRefusal> {
  const { iss, aud, exp, iat, nbf } = claims
  // RFC 9068 section 4: an exact match.
  if (iss !== expected.issuer) return err({ code: 'token_issuer', issuer: excerpt(iss) })
  const audience = readAudience(aud)
  if (audience === null) return claim('aud', 'not a text or a list of texts')
  if (!expected.audience.some((name) => audience.includes(name))) {
    return err({ code: 'token_audience', audience: audience.slice(0, 8).map(excerpt) })
  }
  if (!isTime(exp)) return claim('exp', 'not a time')
  if (!isTime(iat)) return claim('iat', 'not a time')
  if (nbf !== undefined && !isTime(nbf)) return claim('nbf', 'not a time')
  // RFC 7519 section 4.1.4: on or after this time it is not accepted.
  if (now >= exp + expected.clockSkew) return err({ code: 'token_expired', expiresAt: exp, now })
  // A token from the future shows a wrong clock.
  const validFrom = Math.max(iat, nbf ?? iat)
  if (validFrom > now + expected.clockSkew) {
    return err({ code: 'token_not_yet_valid', validFrom, now })
  }
  return readOtherClaims(claims, { issuer: iss, audience, expiresAt: exp, issuedAt: iat })
}

function readOtherClaims(
  claims: Claims,
  checked: Pick<VerifiedToken, 'issuer' | 'audience' | 'expiresAt' | 'issuedAt'>,
): Result<VerifiedToken, TokenRefusal> {
  const { sub, client_id, jti } = claims
  // RFC 9068 section 2.2: required, all three.
  if (!isName(sub)) return claim('sub', 'missing')
  if (!isName(client_id)) return claim('client_id', 'missing')
  if (!isName(jti)) return claim('jti', 'missing')
  const { scope: text = '' } = claims
  const scope = typeof text === 'string' ? parseScope(text) : err({ token: typeof text })
  if (!scope.ok) return claim('scope', 'not scope tokens separated by single spaces')
  const cnf = readConfirmation(claims.cnf)
  if (!cnf.ok) {
    const members = cnf.error.members.slice(0, 8).map(excerpt)
    return err({ code: 'token_confirmation', members })
  }
  const token: Omit<VerifiedToken, typeof verified> = {
    ...checked,
    subject: sub,
    clientId: client_id,
    id: jti,
    scope: scope.value,
    thumbprint: cnf.value === null ? null : cnf.value['x5t#S256'],
    claims,
  }
  return ok(token as VerifiedToken)
}

const claim = (name: string, problem: string) =>
  err({ code: 'token_claim', claim: name, problem } as const)

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** RFC 7519 section 2: a NumericDate may have a fraction. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

/** RFC 7519 section 4.1.3. */
function readAudience(aud: unknown): readonly string[] | null {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const names = list.filter(isName)
  return names.length === list.length && names.length > 0 ? names : null
}
