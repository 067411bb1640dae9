import type {
  PresentedCertificate,
  UnreadableCertificate,
} from '../certificate/presented-certificate.ts'
import { toBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { ok, type Result } from '../encoding/result.ts'

/** In characters of raw certificates: some thousand partners. */
const capacity = 4 * 1024 * 1024
/** V8 hashes longer strings by their length alone: as keys they would all collide. */
const longestKey = 16_383

/** x5t#S256 of what a request presented; null where it presented nothing. */
export type PresentedThumbprint = (
  presented: PresentedCertificate,
) =>
  | Promise<Result<string | null, UnreadableCertificate>>
  | Result<string | null, UnreadableCertificate>

/**
 * Makes a function that tells thumbprints (RFC 8705 section 3.1), and remembers them by what the
 * terminator wrote, so that a certificate is decoded and hashed once.
 */
export function presentedThumbprint(): PresentedThumbprint {
  const known = boundedCache<string>(capacity, (key) => key.length + 43)
  return (presented) => {
    if (presented.kind === 'none') return ok(null)
    if (presented.kind === 'digest') return ok(presented.thumbprint)
    const { leaf } = presented.raw
    const remembered = leaf.length <= longestKey ? known.get(leaf) : undefined
    if (remembered !== undefined) return ok(remembered)
    return hash(presented, (thumbprint) => {
      if (leaf.length <= longestKey) known.set(leaf, thumbprint)
    })
  }
}

async function hash(
  { decode }: Extract<PresentedCertificate, { readonly kind: 'whole' }>,
  remember: (thumbprint: string) => void,
): Promise<Result<string, UnreadableCertificate>> {
  const decoded = decode()
  if (!decoded.ok) return decoded
  const digest = await crypto.subtle.digest('SHA-256', decoded.value.leaf)
  const thumbprint = toBase64url(new Uint8Array(digest))
  remember(thumbprint)
  return ok(thumbprint)
}
