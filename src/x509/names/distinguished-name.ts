import { equalBytes, latin1 } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { attributeTypeName } from './attribute-types.ts'
import { type NameTextRefusal, parseNameText } from './parse-name-text.ts'
import { prepareString } from './prepare-string.ts'
import { type NameAttribute, type Rdn, readName } from './read-name.ts'

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
 * The same key for a Name in DER; null if it can never match: no Name, a character that RFC 4518
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

/** Keys go into database indexes: longer ones are refused. In characters. */
const maxKeyLength = 4096

/**
 * The canonical text of a name: two names match by distinguishedNameMatch (RFC 4517 section 4.2.15)
 * if and only if their keys are equal. RDNs in the order of RFC 4514 text, OIDs for types, values
 * prepared (RFC 4518), the attributes of an RDN sorted because their order has no meaning.
 * @returns null if a value has a prohibited character or the key would be too long
 */
function nameKey(rdns: readonly Rdn[]): string | null {
  const keys: string[] = []
  let length = 0
  for (const rdn of rdns) {
    const key = rdnKey(rdn)
    length += 1 + (key?.length ?? 0)
    if (key === null || length > maxKeyLength + 1) return null
    keys.push(key)
  }
  return keys.toReversed().join(',')
}

/** One RDN's part of the key, or null as in {@link nameKey}. */
export function rdnKey(rdn: Rdn): string | null {
  const keys = rdn.map(attributeKey)
  return keys.every((key) => key !== null) ? keys.toSorted().join('+') : null
}

/**
 * Known types compare without case, others exactly (their rule is not known, and exact cannot match
 * too much). What is no text compares by its DER.
 */
function attributeKey({ oid, comparable, der }: NameAttribute): string | null {
  if (comparable === null) return `${oid}=#${toHex(der)}`
  const known = attributeTypeName(oid) !== null
  const prepared = prepareString(comparable, known ? 'caseIgnore' : 'caseExact')
  return prepared === null ? null : `${oid}=${prepared.replace(/[\\,+#]/g, '\\$&')}`
}
