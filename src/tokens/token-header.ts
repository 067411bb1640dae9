import { fromBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { excerpt, type TokenRefusal } from './token-refusal.ts'

/** The signature algorithms that a verifier may allow: all asymmetric. */
export const verifiableAlgs = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
] as const

/** A token whose header has been read. Nothing in it has been verified. */
export type UnverifiedToken = {
  /** The compact JWS. */
  readonly text: string
  /** One of those allowed. */
  readonly alg: string
  readonly kid: string
}

/** In characters. Longer tokens are refused unread; those of Certbound have about 600. */
export const maxTokenLength = 16_384

/** RFC 4648 section 3.5: base64url in its canonical form, with pad bits zero; not empty. */
const octets =
  '(?=[^.])(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?'
/** RFC 7515 section 7.1. */
const compactJws = new RegExp(`^${octets}\\.${octets}\\.${octets}$`)

/** A plain name: nothing that could be used as a URL or a path to fetch a key from. */
const plainKeyId = /^[A-Za-z0-9._~:@=+-]{1,256}$/

/**
 * The header members that are read. `jku`, `jwk`, `x5u` and `x5c` would let the token choose its key (RFC
 * 8725 section 3.10); `crit` and `b64` change the meaning of the rest (RFC 7515 section 4.1.11). All are
 * refused.
 */
const understood: ReadonlySet<string> = new Set(['typ', 'alg', 'kid'])
/** Thumbprints of the signing key's certificate: not used, and harmless. */
const harmless: ReadonlySet<string> = new Set(['x5t', 'x5t#S256'])

/** All tokens of one key have the same header. */
const headerCacheCapacity = 64
const maxCachedLength = 512

type HeaderFacts = Omit<UnverifiedToken, 'text'>

/**
 * Makes a function that reads the header of a token.
 * @param algorithms the allowed ones
 * @returns a function that takes the text after `Bearer`
 * @see RFC 9068 section 4, RFC 8725 section 3.1
 */
export function tokenHeaderReader(
  algorithms: ReadonlySet<string>,
): (text: string) => Result<UnverifiedToken, TokenRefusal> {
  const known = boundedCache<HeaderFacts>(headerCacheCapacity)
  return (text) => {
    if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
    if (!compactJws.test(text)) {
      return err({ code: 'token_malformed', problem: 'not a signed JWT in compact form' })
    }
    const part = text.slice(0, text.indexOf('.'))
    const cached = known.get(part)
    if (cached !== undefined) return ok({ ...cached, text })
    const read = readHeader(part, algorithms)
    if (!read.ok) return read
    if (part.length <= maxCachedLength) known.set(part, read.value)
    return ok({ ...read.value, text })
  }
}

function readHeader(
  part: string,
  algorithms: ReadonlySet<string>,
): Result<HeaderFacts, TokenRefusal> {
  const header = readJson(part)
  if (header === null) return err({ code: 'token_malformed', problem: 'the header is no object' })
  const { typ, alg, kid } = header
  // RFC 9068 section 4: "at+jwt" or "application/at+jwt"; RFC 7515 section 4.1.9: in any case.
  if (typeof typ !== 'string' || !/^(application\/)?at\+jwt$/i.test(typ)) {
    return err({ code: 'token_type', type: excerpt(typ) })
  }
  if (typeof alg !== 'string' || !algorithms.has(alg)) {
    return err({ code: 'token_algorithm', algorithm: excerpt(alg) })
  }
  const unknownMember = Object.keys(header).find(
    (name) => !understood.has(name) && !harmless.has(name),
  )
  if (unknownMember !== undefined)
    return err({ code: 'token_header_member', member: excerpt(unknownMember) })
  if (typeof kid !== 'string' || !plainKeyId.test(kid)) {
    const problem = kid === undefined ? 'missing' : 'not a plain name'
    return err({ code: 'token_key_id', problem })
  }
  return ok({ alg, kid })
}

/** Decodes a part of a compact JWS. Returns null if it is not a JSON object. */
function readJson(part: string): Readonly<Record<string, unknown>> | null {
  const octets = fromBase64url(part)
  const text = octets === null ? null : fromUtf8(octets)
  return text === null ? null : parseObject(text)
}

/** Parses a JSON object. Returns null for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
