import { equalInConstantTime, utf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { sha256 } from '../encoding/sha256.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import { edgeFields, edgeOf, edgeThumbprint, edgeValidity } from './cloudflare.ts'

/**
 * How the proxy that forwards certificates in a header proves its identity. Such a header is a bearer
 * credential: anyone who can send it can claim any certificate. If both proofs are configured, both
 * must hold.
 */
export type ProxyProof = {
  readonly credential: ProxyCredential | null
  readonly certificate: ProxyCertificate | null
}

/** A secret that the proxy sends with each request. */
export type ProxyCredential = {
  /** The name of the header that carries it. */
  readonly header: string
  /** Accepted whole values of that header: one, or two during a rotation. Secrets. */
  readonly values: readonly string[]
}

/** The certificate that the proxy itself presents to Cloudflare's edge. It is never the client's. */
export type ProxyCertificate =
  | {
      readonly by: 'thumbprint'
      /** x5t#S256 of each accepted certificate. */
      readonly thumbprints: readonly string[]
    }
  | {
      readonly by: 'subject'
      /** The certificate must chain to an anchor of this set. */
      readonly trustAnchorSet: string
      /** RFC 4514 text. */
      readonly subjectDn: string
    }

/**
 * Authenticates the proxy of a request, before any header that it forwards is read.
 * @param now seconds since the epoch
 */
export type ProxyAuthentication = (
  request: Request,
  now: number,
) => Promise<Result<null, ProxyRefusal>>

/**
 * Makes the check of a proxy by its credential, by its pinned certificate, or by both.
 * @throws TypeError if there is no proof to check, or if the certificate is known by its subject: that
 *   needs a store of trust anchors
 */
export function proxyAuthentication({ credential, certificate }: ProxyProof): ProxyAuthentication {
  if (certificate?.by === 'subject') {
    throw new TypeError('a proxy certificate by subject needs a store of trust anchors')
  }
  if (credential === null && certificate === null) throw new TypeError('no proof of the proxy')
  const checkCredential = credential === null ? null : credentialCheck(credential)
  const pinned = certificate === null ? null : new Set(certificate.thumbprints)
  return async (request, now) => {
    const refusal =
      (await checkCredential?.(request.headers)) ??
      (pinned === null ? null : checkPinned(request, pinned, now))
    return refusal === null ? ok(null) : err(refusal)
  }
}

/** In characters: the longest credential, encoded as HTTP Basic. */
const maxCredentialLength = 1024

/**
 * Makes the check that a request carries exactly one accepted credential. Values are compared by digest
 * in constant time, so that the response time does not reveal a matching prefix.
 * @returns a check that gives null if the credential is accepted
 */
export function credentialCheck({
  header,
  values,
}: ProxyCredential): (headers: Headers) => Promise<ProxyRefusal | null> {
  const accepted = values.map(utf8)
  return async (headers) => {
    const value = headers.get(header)
    if (value === null || value === '') return proxyRefusal('credential_missing')
    // RFC 9110 section 5.2: repeated headers are joined by a comma, which no credential contains.
    if (value.includes(',')) return proxyRefusal('credential_repeated')
    if (value.length > maxCredentialLength) return proxyRefusal('credential_wrong')
    const [presented, ...expected] = await Promise.all([utf8(value), ...accepted].map(sha256))
    // Compare with all of them, so that the time does not reveal which one matched.
    const matches = expected.map((one) => equalInConstantTime(one, presented ?? new Uint8Array()))
    return matches.includes(true) ? null : proxyRefusal('credential_wrong')
  }
}

/** The edge proves possession of the key, and reports fingerprint and dates of any certificate. */
function checkPinned(
  request: Request,
  pinned: ReadonlySet<string>,
  now: number,
): ProxyRefusal | null {
  const fields = edgeFields(edgeOf(request))
  if (fields?.certPresented !== '1') return proxyRefusal('certificate_missing')
  const thumbprint = edgeThumbprint(fields)
  if (fields.certRevoked !== '0') return proxyRefusal('certificate_refused', thumbprint)
  if (thumbprint === null || !pinned.has(thumbprint)) {
    return proxyRefusal('certificate_wrong', thumbprint)
  }
  const validity = edgeValidity(fields)
  const valid = validity !== null && validity.notBefore <= now && now <= validity.notAfter
  return valid ? null : proxyRefusal('certificate_not_valid_now', thumbprint)
}

/** @param thumbprint of the proxy's certificate, if that certificate is the reason */
export const proxyRefusal = (
  why: ProxyRefusal['why'],
  thumbprint: string | null = null,
): ProxyRefusal => ({ code: 'proxy_unauthenticated', why, thumbprint, refusal: null })
