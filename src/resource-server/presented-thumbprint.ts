import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { toBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { ok, type Result } from '../encoding/result.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/** In characters of raw certificates: about a thousand partners. */
const capacity = 4 * 1024 * 1024
/** V8 hashes longer strings by their length alone: as keys they would all collide. */
const maxKeyLength = 16_383

/** x5t#S256 of the certificate that a request presents; null if it presents none. */
export type PresentedThumbprint = (
  request: Request,
  now: number,
) => Promise<Result<string | null, BoundTokenRefusal>>

/**
 * Makes a reader of thumbprints (RFC 8705 section 3.1). It caches them by the terminator's raw value, so
 * that each certificate is decoded and hashed once.
 */
export function presentedThumbprint(certificate: ClientCertificate): PresentedThumbprint {
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
