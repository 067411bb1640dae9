import { objectIdentifier, setOf } from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { utf8 } from '../../../src/encoding/bytes.ts'
import { concat, sequence, tlv } from '../../../src/encoding/der-writer.ts'

/** An attribute: a short name or OID, its text, and its string type. */
export type MintAttribute = readonly [type: string, value: string, as?: StringType]

/** RDNs in the order of the DER, which is the reverse of RFC 4514 text. */
export type MintRdns = readonly (MintAttribute | readonly MintAttribute[])[]

/** RFC 4514 text (simple escapes only), RDNs in the order of the DER, or a whole Name in DER. */
export type MintName = string | MintRdns | Bytes

/** The string types of attributes. */
export type StringType = keyof typeof stringTags

const stringTags = {
  utf8: 0x0c,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  universal: 0x1c,
  bmp: 0x1e,
} as const

const types: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  BUSINESSCATEGORY: '2.5.4.15',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
  JURISDICTIONC: '1.3.6.1.4.1.311.60.2.1.3',
}

/** A Name in DER. Throws if an attribute type is unknown. */
export function mintName(name: MintName): Bytes {
  if (name instanceof Uint8Array) return name
  const rdns = typeof name === 'string' ? rdnsOfText(name) : name.map(asRdn)
  return sequence(...rdns.map((rdn) => setOf(...rdn.map(attribute))))
}

const asRdn = (part: MintRdns[number]): readonly MintAttribute[] =>
  isAttribute(part) ? [part] : part

const isAttribute = (part: MintRdns[number]): part is MintAttribute => typeof part[0] === 'string'

function attribute([type, value, as]: MintAttribute): Bytes {
  const oid = types[type.toUpperCase()] ?? type
  return sequence(objectIdentifier(oid), stringValue(value, as ?? usualType(oid)))
}

/** RFC 5280 appendix A.1 fixes the types of country, serialNumber, DC and emailAddress. */
function usualType(oid: string): StringType {
  if (oid === types.C || oid === types.SERIALNUMBER || oid === types.JURISDICTIONC) {
    return 'printable'
  }
  return oid === types.DC || oid === types.EMAILADDRESS ? 'ia5' : 'utf8'
}

function stringValue(value: string, as: StringType): Bytes {
  const tag = stringTags[as]
  if (as === 'bmp') return tlv(tag, bigEndian(value, 2))
  if (as === 'universal') return tlv(tag, bigEndian(value, 4))
  if (as === 'utf8') return tlv(tag, utf8(value))
  return tlv(
    tag,
    Uint8Array.from(value, (character) => character.charCodeAt(0)),
  )
}

const bigEndian = (value: string, width: 2 | 4): Bytes =>
  concat(
    ...Array.from(value, (character) => {
      const code = character.codePointAt(0) ?? 0
      return Uint8Array.of(code >> 24, (code >> 16) & 255, (code >> 8) & 255, code & 255).subarray(
        4 - width,
      )
    }),
  )

/** Splits `CN=a+OU=b,O=c`; a backslash escapes the next character. */
function rdnsOfText(text: string): MintAttribute[][] {
  if (text === '') return []
  return split(text, ',')
    .reverse()
    .map((rdn) => split(rdn, '+').map(attributeOfText))
}

function attributeOfText(text: string): MintAttribute {
  const equals = text.indexOf('=')
  const value = text.slice(equals + 1).trim()
  return [text.slice(0, equals).trim(), value.replace(/\\(.)/g, '$1')]
}

function split(text: string, separator: string): string[] {
  const parts = ['']
  for (const piece of text.match(/\\.|[^\\]/g) ?? []) {
    if (piece === separator) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}
