import { equalBytes, latin1 } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { maxKeyLength, nameKey, rdnKey } from './name-key.ts'
import { type NameTextRefusal, parseNameText } from './parse-name-text.ts'
import { readName } from './read-name.ts'

/**
 * The key of a registered distinguished name (RFC 4514 text). Two names match exactly when their
 * keys are equal. The empty name has the empty key; callers that register names must refuse it.
 */
export function distinguishedNameKey(text: string): Result<string, NameTextRefusal> {
  const rdns = parseNameText(text)
  if (!rdns.ok) return rdns
  const key = nameKey(rdns.value)
  if (key !== null) return ok(key)
  const tooLong = rdns.value
    .flat()
    .some(({ comparable }) => (comparable?.normalize('NFKC').length ?? 0) > maxKeyLength)
  const prohibited = !tooLong && rdns.value.some((rdn) => rdnKey(rdn) === null)
  return err({ why: prohibited ? 'prohibited_character' : 'too_long' })
}

/** In octets. Real names have a few hundred; what a comparison costs must be bounded. */
const maxComparedName = 4096

/**
 * The same key for a Name in DER; null where it can never match: no Name, a character that RFC 4518
 * prohibits or that is not seen (an embedded NUL among them), or too long.
 */
export function distinguishedNameKeyFromDer(name: Uint8Array): string | null {
  if (name.length > maxComparedName) return null
  const rdns = readName(name)
  return rdns === null ? null : nameKey(rdns)
}

/**
 * A text for a Name in DER that is equal for two names exactly when RFC 5280 section 7.1 finds them
 * equal. Names that cannot be prepared for comparison are equal only by their octets.
 */
export const nameIdentity = (name: Uint8Array): string =>
  distinguishedNameKeyFromDer(name) ?? `:${latin1(name)}` // no key has a colon first

/**
 * Whether a certificate's subject (DER) is the registered one (RFC 4514 text), by RFC 4517
 * distinguishedNameMatch. A registered name that is empty or cannot be read matches nothing.
 * @see RFC 8705 section 2.1
 */
export function matchDistinguishedName(registered: string, subject: Uint8Array): boolean {
  const wanted = distinguishedNameKey(registered)
  return wanted.ok && wanted.value !== '' && wanted.value === distinguishedNameKeyFromDer(subject)
}

/**
 * Whether two Names in DER are equal as RFC 5280 section 7.1 compares them. Names that cannot be
 * prepared for comparison are equal only if their octets are; what is no Name equals nothing.
 */
export function namesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (equalBytes(a, b)) return readName(a) !== null
  const key = distinguishedNameKeyFromDer(a)
  return key !== null && key === distinguishedNameKeyFromDer(b)
}
