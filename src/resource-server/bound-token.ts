import { err, ok, type Result } from '../encoding/result.ts'
import { tokenHeaderReader } from '../tokens/token-header.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { verifyAccessToken } from '../tokens/verify-access-token.ts'
import { introspectedTokens } from './introspected-tokens.ts'
import type { IntrospectionOptions } from './introspection.ts'
import { issuerKeys } from './issuer-keys.ts'
import type { VerifierSettings } from './options.ts'
import { presentedThumbprint } from './presented-thumbprint.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/**
 * Proves a token, and that the connection of its request is the one that it is for.
 * @param now seconds since the epoch
 */
export type BoundTokenReader = (
  request: Request,
  text: string,
  now: number,
) => Promise<Result<VerifiedToken, BoundTokenRefusal>>

/** By configuration, and never by the look of a token: all are read here, or all are asked about. */
export const boundTokenReader = (settings: VerifierSettings): BoundTokenReader =>
  settings.introspection === null ? byReading(settings) : byAsking(settings.introspection, settings)

/** Here what costs nobody but us comes first: the token. */
function byReading(settings: VerifierSettings): BoundTokenReader {
  const { documents, expected, requireBound } = settings
  const keys = issuerKeys(documents)
  const readHeader = tokenHeaderReader(documents.algorithms)
  const presented = presentedTo(settings)
  return async (request, text, now) => {
    const header = readHeader(text)
    if (!header.ok) return header
    const key = await keys.keyOf(header.value, now)
    if (!key.ok) return key
    const token = await verifyAccessToken(header.value, key.value, expected, now)
    if (!token.ok) return token
    if (token.value.thumbprint === null) return unbound(token.value, requireBound)
    const thumbprint = await presented(request, now)
    return thumbprint.ok ? checkBinding(token.value, thumbprint.value) : thumbprint
  }
}

/** The server is asked for nobody who could not be served whatever it said. */
function byAsking(
  introspection: IntrospectionOptions,
  settings: VerifierSettings,
): BoundTokenReader {
  const { expected, requireBound } = settings
  const read = introspectedTokens(introspection, expected)
  const presented = presentedTo(settings)
  return async (request, text, now) => {
    const thumbprint = await presented(request, now)
    if (requireBound && !thumbprint.ok) return thumbprint
    const caller = thumbprint.ok ? thumbprint.value : null
    if (requireBound && caller === null) {
      return err({ code: 'binding_certificate_missing', clientId: null, bound: null })
    }
    const token = await read(text, caller, now)
    if (!token.ok) return token
    if (token.value.thumbprint === null) return unbound(token.value, requireBound)
    return thumbprint.ok ? checkBinding(token.value, caller) : thumbprint
  }
}

/** Makes a function that tells what a connection presented: x5t#S256, null where it was nothing. */
function presentedTo({ evidence }: VerifierSettings) {
  const thumbprintOf = presentedThumbprint()
  return async (
    request: Request,
    now: number,
  ): Promise<Result<string | null, BoundTokenRefusal>> => {
    const presented = await evidence(request, now)
    return presented.ok ? thumbprintOf(presented.value) : presented
  }
}

const unbound = (
  token: VerifiedToken,
  requireBound: boolean,
): Result<VerifiedToken, BoundTokenRefusal> =>
  requireBound ? err({ code: 'token_unbound', clientId: token.clientId }) : ok(token)

/** RFC 8705 section 3: the certificate of the connection is the one that the token is bound to. */
function checkBinding(
  token: VerifiedToken,
  presented: string | null,
): Result<VerifiedToken, BoundTokenRefusal> {
  const { thumbprint: bound, clientId } = token
  if (presented === null) return err({ code: 'binding_certificate_missing', clientId, bound })
  return presented === bound
    ? ok(token)
    : err({ code: 'binding_mismatch', clientId, bound: String(bound), presented })
}
