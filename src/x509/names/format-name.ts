import { utf8 } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import { attributeTypeName } from './attribute-types.ts'
import { type NameAttribute, type Rdn, readName } from './read-name.ts'

/** How to write attribute types: by name if they have one, or all in dotted decimals. */
export type NameStyle = { readonly types?: 'short' | 'oid' }

/**
 * A Name in DER as RFC 4514 text. Dotted types have their values in `#hex`, as section 2.4 demands.
 * Characters that are not seen are escaped. What is no Name at all becomes `#` and its octets.
 */
export function formatDistinguishedName(nameDer: Uint8Array, style: NameStyle = {}): string {
  const rdns = readName(nameDer)
  return rdns === null ? `#${toHex(nameDer)}` : formatRdns(rdns, style)
}

/** {@link formatDistinguishedName} for a name that has been read. */
export const formatRdns = (rdns: readonly Rdn[], { types = 'short' }: NameStyle = {}): string =>
  rdns
    .map((rdn) => rdn.map((attribute) => formatAttribute(attribute, types)).join('+'))
    .toReversed() // RFC 4514 section 2.1: starting with the last element of the sequence
    .join(',')

function formatAttribute({ oid, comparable, der }: NameAttribute, types: 'short' | 'oid'): string {
  const name = types === 'short' ? attributeTypeName(oid) : null
  return name === null || comparable === null
    ? `${name ?? oid}=#${toHex(der)}`
    : `${name}=${escapeValue(comparable)}`
}

/** RFC 4514 section 2.4, and hexadecimal pairs for what a reader would not see. */
const escapeValue = (value: string): string =>
  value
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) =>
      Array.from(utf8(character), (octet) => `\\${toHex(Uint8Array.of(octet))}`).join(''),
    )
    .replace(/^[ #]| $/g, '\\$&')
