import { fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { readDer } from '../../encoding/der-reader.ts'
import { fromHex } from '../../encoding/hex.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { attributeTypeOid } from './attribute-types.ts'
import { attribute, type NameAttribute, type Rdn } from './read-name.ts'

/** Why a text is not a distinguished name; `at` is the offset of the character, where there is one. */
export type NameTextRefusal = {
  readonly why:
    | 'too_long'
    | 'attribute_type_expected'
    | 'attribute_type_unknown'
    | 'equals_expected'
    | 'quoted_value'
    | 'character_to_be_escaped'
    | 'escape'
    | 'not_utf8'
    | 'hexadecimal_value'
    | 'prohibited_character'
  readonly at?: number
}

/** In characters: the longest name that is compared, every octet of it escaped. */
const maxTextLength = 16_384

/**
 * Reads RFC 4514 text (section 3) into RDNs in the order of the DER. Strict but for white space
 * around the separators, which RFC 2253 allowed and tools still write. Names of types in any case.
 */
export function parseNameText(text: string): Result<readonly Rdn[], NameTextRefusal> {
  if (text.length > maxTextLength) return err({ why: 'too_long', at: maxTextLength })
  if (!text.isWellFormed()) return err({ why: 'not_utf8', at: 0 })
  if (/^ *$/.test(text)) return ok([])
  const rdns: Rdn[] = []
  let rdn: NameAttribute[] = []
  for (let at = 0; ; ) {
    const read = readAttributeText(text, at)
    if (!read.ok) return read
    rdn.push(read.value.attribute)
    at = read.value.end + 1
    const separator = text[read.value.end]
    if (separator === '+') continue
    rdns.unshift(rdn)
    if (separator === undefined) return ok(rdns)
    rdn = []
  }
}

/** An attribute, and the offset behind it. */
type AttributeText = Result<{ attribute: NameAttribute; end: number }, NameTextRefusal>

function readAttributeText(text: string, from: number): AttributeText {
  const [whole = '', type = ''] = /^ *([A-Za-z0-9.-]*) */.exec(text.slice(from)) ?? []
  const oid = typeOid(type)
  const at = from + whole.length
  if (type === '') return err({ why: 'attribute_type_expected', at })
  if (oid === null) return err({ why: 'attribute_type_unknown', at: from })
  if (text[at] !== '=') return err({ why: 'equals_expected', at })
  const start = at + 1 + (/^ */.exec(text.slice(at + 1))?.[0].length ?? 0)
  return text[start] === '#' ? readHexValue(text, start, oid) : readTextValue(text, start, oid)
}

/** RFC 4512 section 1.4: a descriptor, or arcs without leading zeros. */
function typeOid(type: string): string | null {
  if (!/^[0-9.]+$/.test(type)) return attributeTypeOid(type)
  return type.length <= 128 && /^([01]\.[1-3]?[0-9]|2\.(0|[1-9]\d*))(\.(0|[1-9]\d*))*$/.test(type)
    ? type
    : null
}

/** RFC 4514 section 2.4: the DER of the value, read by the rule of its type like any other. */
function readHexValue(text: string, at: number, oid: string): AttributeText {
  const [whole = '', digits = ''] = /^#([0-9A-Fa-f]*) */.exec(text.slice(at)) ?? []
  const end = at + whole.length
  const octets = fromHex(digits)
  const node = octets === null ? null : readDer(octets, maxTextLength)
  const read = node?.ok ? attribute(oid, node.value) : null
  return read === null || !(end === text.length || text[end] === ',' || text[end] === '+')
    ? err({ why: 'hexadecimal_value', at })
    : ok({ attribute: read, end })
}

function readTextValue(text: string, start: number, oid: string): AttributeText {
  const octets: number[] = []
  let significant = 0 // octets up to the last that is no unescaped space
  let at = start
  while (at < text.length && text[at] !== ',' && text[at] !== '+') {
    const piece = readPiece(text, at)
    if (typeof piece === 'string') return err({ why: piece, at })
    octets.push(...utf8OrOctet(piece))
    if (piece.text !== ' ' || piece.length > 1) significant = octets.length
    at += piece.length
  }
  const value = fromUtf8(Uint8Array.from(octets.slice(0, significant)))
  return value === null
    ? err({ why: 'not_utf8', at: start })
    : ok({ attribute: { oid, value, comparable: value, der: new Uint8Array() }, end: at })
}

/** A character, an escaped character or an escaped octet; `length` in characters of the text. */
type Piece = { readonly text: string; readonly octet: number | null; readonly length: number }

/** Names are ASCII for the most part, and an encoder costs a hundred times more than a look. */
function utf8OrOctet({ text, octet }: Piece): Iterable<number> {
  if (octet !== null) return [octet]
  return text <= '\x7f' ? [text.charCodeAt(0)] : utf8(text)
}

/** RFC 4514 section 3: stringchar or pair. */
function readPiece(text: string, at: number): Piece | NameTextRefusal['why'] {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (character !== '\\') {
    if (character === '"') return 'quoted_value'
    if (/[;<>\0]/.test(character)) return 'character_to_be_escaped'
    return { text: character, octet: null, length: character.length }
  }
  const pair = text.slice(at + 1, at + 3)
  if (/^[0-9A-Fa-f]{2}$/.test(pair)) {
    return { text: '', octet: Number.parseInt(pair, 16), length: 3 }
  }
  const [special = ''] = pair
  return special !== '' && ' "#+,;<=>\\'.includes(special)
    ? { text: special, octet: null, length: 2 }
    : 'escape'
}
