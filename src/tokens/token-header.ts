import { fromBase64url } from '../encoding/base64.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
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

const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** A name in a set of keys, and nothing that could be taken for a place to fetch one from. */
const plainKeyId = /^[A-Za-z0-9._~:@=+-]{1,256}$/

/**
 * What a header may hold. `jku`, `jwk`, `x5u` and `x5c` would let the token choose its key (RFC 8725
 * section 3.10), `crit` and `b64` change what the rest means (RFC 7515 section 4.1.11): all refused.
 */
const understood: ReadonlySet<string> = new Set(['typ', 'alg', 'kid'])
/** A thumbprint of the signing key's certificate decides nothing here, and does no harm. */
const harmless: ReadonlySet<string> = new Set(['x5t', 'x5t#S256'])

/**
 * Reads the header of a token.
 * @param text what came after `Bearer`
 * @param algorithms those allowed
 * @see RFC 9068 section 4, RFC 8725 section 3.1
 */
export function readTokenHeader(
  text: string,
  algorithms: ReadonlySet<string>,
): Result<UnverifiedToken, TokenRefusal> {
  if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
  if (!compactJws.test(text)) {
    return err({ code: 'token_malformed', problem: 'not a signed JWT in compact form' })
  }
  const header = readJson(text.slice(0, text.indexOf('.')))
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
  return ok({ text, alg, kid })
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
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : null
  } catch {
    return null
  }
}
