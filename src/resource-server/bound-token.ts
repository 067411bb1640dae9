import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { toBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { tokenHeaderReader } from '../tokens/token-header.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { verifyAccessToken } from '../tokens/verify-access-token.ts'
import type { ClientCertificate } from './client-certificate.ts'
import { introspectedTokens } from './introspected-tokens.ts'
import type { IntrospectionOptions } from './introspection.ts'
import { issuerKeys } from './issuer-keys.ts'
import type { VerifierSettings } from './options.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/**
 * Verifies a token, and that it is bound to the certificate of the request's connection.
 * @param now seconds since the epoch
 */
export type BoundTokenReader = (
  request: Request,
  text: string,
  now: number,
) => Promise<Result<VerifiedToken, BoundTokenRefusal>>

/** The options decide, not the form of the token: all tokens are verified here, or all introspected. */
export const boundTokenReader = (settings: VerifierSettings): BoundTokenReader =>
  settings.introspection === null
    ? verifyLocally(settings)
    : introspectAll(settings.introspection, settings)

/** Verify the token locally before reading the certificate. */
function verifyLocally(settings: VerifierSettings): BoundTokenReader {
  const { documents, expected, requireBound, certificate } = settings
  const keys = issuerKeys(documents)
  const readHeader = tokenHeaderReader(documents.algorithms)
  const thumbprintOf = presentedThumbprint(certificate)
  return async (request, text, now) => {
    const header = readHeader(text)
    if (!header.ok) return header
    const key = await keys.keyOf(header.value, now)
    if (!key.ok) return key
    const token = await verifyAccessToken(header.value, key.value, expected, now)
    if (!token.ok) return token
    if (token.value.thumbprint === null) return unbound(token.value, requireBound)
    const thumbprint = await thumbprintOf(request, now)
    return thumbprint.ok ? checkBinding(token.value, thumbprint.value) : thumbprint
  }
}

/** Read the certificate first: do not ask the server about a request that is refused in any case. */
function introspectAll(
  introspection: IntrospectionOptions,
  settings: VerifierSettings,
): BoundTokenReader {
  const { expected, requireBound, certificate } = settings
  const introspect = introspectedTokens(introspection, expected)
  const thumbprintOf = presentedThumbprint(certificate)
  return async (request, text, now) => {
    const thumbprint = await thumbprintOf(request, now)
    if (requireBound && !thumbprint.ok) return thumbprint
    const caller = thumbprint.ok ? thumbprint.value : null
    if (requireBound && caller === null) {
      return err({ code: 'binding_certificate_missing', clientId: null, bound: null })
    }
    const token = await introspect(text, caller, now)
    if (!token.ok) return token
    if (token.value.thumbprint === null) return unbound(token.value, requireBound)
    return thumbprint.ok ? checkBinding(token.value, caller) : thumbprint
  }
}

const unbound = (
  token: VerifiedToken,
  requireBound: boolean,
): Result<VerifiedToken, BoundTokenRefusal> =>
  requireBound ? err({ code: 'token_unbound', clientId: token.clientId }) : ok(token)

/** RFC 8705 section 3: the token must be bound to the certificate of the connection. */
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

/** In characters of raw certificates: about a thousand partners. */
const capacity = 4 * 1024 * 1024
/** V8 hashes longer strings by their length only: as keys they would all collide. */
const maxKeyLength = 16_383

/** x5t#S256 of the certificate that a request presents; null if it presents none. */
type PresentedThumbprint = (
  request: Request,
  now: number,
) => Promise<Result<string | null, BoundTokenRefusal>>

/**
 * Makes a reader of thumbprints (RFC 8705 section 3.1). It caches them by the terminator's raw value, so
 * that each certificate is decoded and hashed once.
 */
function presentedThumbprint(certificate: ClientCertificate): PresentedThumbprint {
  const cache = boundedCache<string>(capacity, (key) => key.length + 43)
  return async (request, now) => {
    const presented = await certificate(request, now)
    if (!presented.ok) return presented
    const { value } = presented
    if (value.kind === 'none') return ok(null)
    if (value.kind === 'digest') return ok(value.thumbprint)
    const { leaf } = value.raw
    const isCacheable = leaf.length <= maxKeyLength
    const cached = isCacheable ? cache.get(leaf) : undefined
    if (cached !== undefined) return ok(cached)
    const thumbprint = await hashLeaf(value)
    if (thumbprint.ok && isCacheable) cache.set(leaf, thumbprint.value)
    return thumbprint
  }
}

async function hashLeaf({
  decode,
}: Extract<PresentedCertificate, { readonly kind: 'whole' }>): Promise<
  Result<string, BoundTokenRefusal>
> {
  const decoded = decode()
  if (!decoded.ok) return decoded
  const digest = await crypto.subtle.digest('SHA-256', decoded.value.leaf)
  return ok(toBase64url(new Uint8Array(digest)))
}
