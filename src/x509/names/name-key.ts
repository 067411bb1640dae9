import { toHex } from '../../encoding/hex.ts'
import { attributeTypeName } from './attribute-types.ts'
import { prepareString } from './prepare-string.ts'
import type { NameAttribute, Rdn } from './read-name.ts'

/** Keys go into database indexes: longer ones are refused. In characters. */
export const maxKeyLength = 4096

/**
 * The canonical text of a name: two names match by distinguishedNameMatch (RFC 4517 section 4.2.15)
 * if and only if their keys are equal. RDNs in the order of RFC 4514 text, OIDs for types, values
 * prepared (RFC 4518), the attributes of an RDN sorted because their order has no meaning.
 * @returns null where a value has a prohibited character or the key would be too long
 */
export function nameKey(rdns: readonly Rdn[]): string | null {
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
function attributeKey({ oid, comparable, der }: KeyedAttribute): string | null {
  if (comparable === null) return `${oid}=#${toHex(der)}`
  const known = attributeTypeName(oid) !== null
  const prepared = prepareString(comparable, known ? 'caseIgnore' : 'caseExact')
  return prepared === null ? null : `${oid}=${prepared.replace(/[\\,+#]/g, '\\$&')}`
}

type KeyedAttribute = Pick<NameAttribute, 'oid' | 'comparable' | 'der'>
