import { fromBase64url } from '../encoding/base64.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { excerpt, type TokenRefusal } from './token-refusal.ts'

/** The signature algorithms that a verifier may allow: asymmetric ones, each with one meaning. */
export const verifiableAlgs = [
  ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
  ...['RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'],
] as const satisfies readonly string[]

/** A token whose header says how to verify it; nothing in it has been verified yet. */
export type UnverifiedToken = {
  /** The compact JWS. */
  readonly text: string
  /** One of those allowed. */
  readonly alg: string
  readonly kid: string
}

/** Longer tokens are refused unread, in characters: ours have some 600. */
export const maxTokenLength = 16_384

/** RFC 4648 section 3.5: base64url in its one spelling, pad bits zero; and not of nothing. */
const octets =
  '(?=[^.])(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?'
/** RFC 7515 section 7.1. */
const compactJws = new RegExp(`^${octets}\\.${octets}\\.${octets}$`)

/** A name in a set of keys, and nothing that could be taken for a place to fetch one from. */
const plainKeyId = /^[A-Za-z0-9._~:@=+-]{1,256}$/

/**
 * What a header may hold. `jku`, `jwk`, `x5u` and `x5c` would let the token choose its key (RFC 8725
 * section 3.10), `crit` and `b64` change what the rest means (RFC 7515 section 4.1.11): all refused.
 */
const understood: ReadonlySet<string> = new Set(['typ', 'alg', 'kid'])
/** A thumbprint of the signing key's certificate decides nothing here, and does no harm. */
const harmless: ReadonlySet<string> = new Set(['x5t', 'x5t#S256'])

/** All tokens of one key have one header: so many are remembered, each no longer than that. */
const rememberedHeaders = 64
const longestRemembered = 512

type HeaderFacts = Omit<UnverifiedToken, 'text'>

/**
 * Makes a function that reads the header of a token.
 * @param algorithms those allowed
 * @returns a function of what came after `Bearer`
 * @see RFC 9068 section 4, RFC 8725 section 3.1
 */
export function tokenHeaderReader(
  algorithms: ReadonlySet<string>,
): (text: string) => Result<UnverifiedToken, TokenRefusal> {
  const known = boundedCache<HeaderFacts>(rememberedHeaders)
  return (text) => {
    if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
    if (!compactJws.test(text)) {
      return err({ code: 'token_malformed', problem: 'not a signed JWT in compact form' })
    }
    const part = text.slice(0, text.indexOf('.'))
    const remembered = known.get(part)
    if (remembered !== undefined) return ok({ ...remembered, text })
    const read = readHeader(part, algorithms)
    if (!read.ok) return read
    if (part.length <= longestRemembered) known.set(part, read.value)
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
  const stranger = Object.keys(header).find((name) => !understood.has(name) && !harmless.has(name))
  if (stranger !== undefined) return err({ code: 'token_header_member', member: excerpt(stranger) })
  if (typeof kid !== 'string' || !plainKeyId.test(kid)) {
    const problem = kid === undefined ? 'missing' : 'not a plain name'
    return err({ code: 'token_key_id', problem })
  }
  return ok({ alg, kid })
}

/** A part of a compact JWS as the JSON object that it has to be, or null. */
function readJson(part: string): Readonly<Record<string, unknown>> | null {
  const octets = fromBase64url(part)
  const text = octets === null ? null : fromUtf8(octets)
  return text === null ? null : parseObject(text)
}

/** A text as a JSON object, or null. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
