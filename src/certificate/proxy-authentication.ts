import { toBase64url } from '../encoding/base64.ts'
import { type Bytes, equalInConstantTime, utf8 } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import { readOpensslTime } from './openssl-time.ts'

/**
 * How the hop that conveys certificates in a header proves that it is ours. A header is a bearer
 * credential: whoever may write it is whoever it says. Where both are given both must hold.
 */
export type Hop = {
  readonly credential: ProxyCredential | null
  readonly certificate: HopCertificate | null
}

/** What only the hop knows. */
export type ProxyCredential = {
  /** The name of the header that carries it. */
  readonly header: string
  /** Whole values of that header: one, or two while one takes the other's place. Secrets. */
  readonly values: readonly string[]
}

/** The certificate that the hop itself shows at the edge. It never is the partner's. */
export type HopCertificate =
  | {
      readonly by: 'thumbprint'
      /** x5t#S256 of each certificate that may be shown. */
      readonly thumbprints: readonly string[]
    }
  | {
      readonly by: 'subject'
      /** The name of the set whose anchors vouch for it. */
      readonly trustAnchorSet: string
      /** RFC 4514 text. */
      readonly subjectDn: string
    }

/**
 * Authenticates the hop of a request, before anything that it conveys is looked at.
 * @param now seconds since the epoch
 */
export type HopAuthentication = (
  request: Request,
  now: number,
) => Promise<Result<null, ProxyRefusal>>

/**
 * Makes the check of a hop by its credential, by its pinned certificate, or by both.
 * @throws TypeError where nothing is asked of the hop, or where a set of trust anchors is to judge its
 *   certificate: that takes a store
 */
export function hopAuthentication({ credential, certificate }: Hop): HopAuthentication {
  if (certificate?.by === 'subject') throw new TypeError('a certificate by subject takes a store')
  if (credential === null && certificate === null) throw new TypeError('nothing proves the hop')
  const byCredential = credential === null ? null : credentialCheck(credential)
  const pinned = certificate === null ? null : new Set(certificate.thumbprints)
  return async (request, now) => {
    const refused = (await byCredential?.(request.headers)) ?? null
    if (refused !== null) return err(refused)
    const certified = pinned === null ? null : checkPinned(request, pinned, now)
    return certified === null ? ok(null) : err(certified)
  }
}

/** In characters: of the longest credential as HTTP Basic has it. */
const longestCredential = 1024

/**
 * Makes the check that a request carries a credential, whole, and nothing besides. All that may be
 * accepted is compared by digest, in a time that tells nothing of where it differs.
 * @returns a check that gives null where it holds
 */
export function credentialCheck({
  header,
  values,
}: ProxyCredential): (headers: Headers) => Promise<ProxyRefusal | null> {
  const accepted = values.map(utf8)
  return async (headers) => {
    const value = headers.get(header)
    if (value === null || value === '') return proxyRefusal('credential_missing')
    // RFC 9110 section 5.2: a header that came twice is joined by a comma, and no credential has one.
    if (value.includes(',')) return proxyRefusal('credential_repeated')
    if (value.length > longestCredential) return proxyRefusal('credential_wrong')
    const [presented, ...expected] = await Promise.all([utf8(value), ...accepted].map(digestOf))
    // Each is compared to its end, whichever it is.
    const matches = expected.map((one) => equalInConstantTime(one, presented ?? new Uint8Array()))
    return matches.includes(true) ? null : proxyRefusal('credential_wrong')
  }
}

const digestOf = async (octets: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', octets))

/** The edge proves possession of the key, and tells fingerprint and dates of any certificate. */
function checkPinned(
  request: Request,
  pinned: ReadonlySet<string>,
  now: number,
): ProxyRefusal | null {
  // Typed here: elsewhere than on Workers a Request has no such member.
  const { cf } = request as { readonly cf?: { readonly tlsClientAuth?: unknown } }
  const evidence = cf?.tlsClientAuth
  if (typeof evidence !== 'object' || evidence === null) return proxyRefusal('certificate_missing')
  const fields = evidence as Readonly<Record<string, unknown>>
  if (fields.certPresented !== '1') return proxyRefusal('certificate_missing')
  const thumbprint = thumbprintOf(fields.certFingerprintSHA256)
  if (fields.certRevoked !== '0') return proxyRefusal('certificate_refused', thumbprint)
  if (thumbprint === null || !pinned.has(thumbprint)) {
    return proxyRefusal('certificate_wrong', thumbprint)
  }
  const notBefore = timeOf(fields.certNotBefore)
  const notAfter = timeOf(fields.certNotAfter)
  const valid = notBefore !== null && notAfter !== null && notBefore <= now && now <= notAfter
  return valid ? null : proxyRefusal('certificate_not_valid_now', thumbprint)
}

/** certFingerprintSHA256 is 64 hexadecimal digits. */
function thumbprintOf(hex: unknown): string | null {
  const digest = typeof hex === 'string' && hex.length === 64 ? fromHex(hex) : null
  return digest === null ? null : toBase64url(digest)
}

const timeOf = (value: unknown): number | null =>
  typeof value === 'string' ? readOpensslTime(value) : null

/**
 * Says why a hop is not believed.
 * @param thumbprint of the certificate that it showed, where that is why
 */
export const proxyRefusal = (
  why: ProxyRefusal['why'],
  thumbprint: string | null = null,
): ProxyRefusal => ({
  code: 'proxy_unauthenticated',
  why,
  thumbprint,
  refusal: null,
})
