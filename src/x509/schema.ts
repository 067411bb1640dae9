import {
  AsnArray,
  AsnParser,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from '@peculiar/asn1-schema'
import type { Bytes } from '../encoding/bytes.ts'
import { type DerNode, readDer, tags } from '../encoding/der-reader.ts'
import {
  elementsOf,
  oidOf,
  readAll,
  smallIntegerOf,
  wholeOctetsOf,
} from '../encoding/der-values.ts'

/**
 * How certificates are read with asn1-schema. The library is lenient where DER is not, so that:
 * - {@link readDer} walks the octets first;
 * - what is to be a SEQUENCE has that tag: the library takes any constructed context-specific one;
 * - every schema ends in a field `surplus`: the library ignores elements behind the last field;
 * - OBJECT IDENTIFIERs and INTEGERs are read here: the library's text of an OBJECT IDENTIFIER is the
 *   same for two of them if an arc exceeds 2^53, and its INTEGER is a text that takes quadratic time.
 */

/** asn1js must not look into OCTET STRINGs and BIT STRINGs: most have no DER in them. */
const options = {
  berOptions: { parseEmbedded: false, copyInput: false },
}

/** The library's own view of an element. */
type Asn1 = Parameters<typeof AsnParser.fromASN>[0]

/** How a field is read. */
type Field = Parameters<typeof AsnProp>[0]

/** An element of any type, read no further. A class, because the library makes it from one. */
export class Element implements DerNode {
  tag = 0
  der: Bytes = new Uint8Array()
  contents: Bytes = new Uint8Array()
  private asn1: Asn1 | undefined

  fromASN(asn1: Asn1): this {
    const { idBlock, lenBlock } = asn1
    this.asn1 = asn1
    this.der = asn1.valueBeforeDecodeView as Bytes
    const [first = 0] = this.der
    this.tag = (first & 0x1f) === 0x1f ? idBlock.tagNumber * 256 + first : first
    this.contents = this.der.subarray(idBlock.blockLength + lenBlock.blockLength)
    return this
  }

  /** By these two methods the library recognizes a class that reads itself. */
  toASN(): never {
    throw new TypeError('elements are only read')
  }

  /** The elements inside of a constructed one; none in a primitive one. */
  get children(): readonly Element[] {
    // A primitive value may have parts of its own there: the arcs of an OBJECT IDENTIFIER.
    const block = (this.tag & 0x20) === 0 ? undefined : this.asn1?.valueBlock
    const value: unknown = block !== undefined && 'value' in block ? block.value : undefined
    return Array.isArray(value) ? value.map((child) => new Element().fromASN(child)) : []
  }

  /**
   * Reads the element by a schema.
   * @returns null if it has another tag, another structure, or an element after its last field
   */
  as<T extends object>(schema: new () => T, tag: number = tags.sequence): T | null {
    if (this.asn1 === undefined || this.tag !== tag) return null
    try {
      const read: { readonly surplus?: unknown } = AsnParser.fromASN(this.asn1, schema, options)
      return read.surplus === undefined ? (read as T) : null
    } catch {
      return null
    }
  }
}

/** Reads exactly one element in DER; null for anything else. The octets must not change afterwards. */
export const readElement = (der: Bytes): Element | null =>
  readDer(der, der.length).ok ? readWalked(der) : null

/** {@link readElement} for octets that {@link readDer} has walked. */
export function readWalked(der: Bytes): Element | null {
  try {
    const isWhole = der.length === der.buffer.byteLength
    return AsnParser.parse(isWhole ? der.buffer : der, Element, options)
  } catch {
    return null
  }
}

/** A field whose value is made from its element; null is a malformed one. */
function fieldOf<T>(type: AsnPropTypes, read: (element: Element) => T | null): Field {
  const fromASN = (asn1: Asn1): T => {
    const value = read(new Element().fromASN(asn1))
    if (value === null) throw new TypeError('malformed field')
    return value
  }
  return { type, converter: { fromASN, toASN: () => new Element().toASN() } }
}

/** A field of any type, as an {@link Element}. */
export const anyField = fieldOf(AsnPropTypes.Any, (element) => element)

/** An OBJECT IDENTIFIER as text. */
export const oidField = fieldOf(AsnPropTypes.ObjectIdentifier, oidOf)

/** An INTEGER from 0 to 2^31 - 1 as a number. */
export const smallIntegerField = fieldOf(AsnPropTypes.Integer, smallIntegerOf)

/** BOOLEAN DEFAULT FALSE. X.690 section 11.5: the default value is not encoded. */
export const defaultFalseField: Field = {
  ...fieldOf(AsnPropTypes.Boolean, ({ contents }) => contents[0] === 0xff || null),
  defaultValue: false,
}

/** A SEQUENCE with a schema of its own. */
export const sequenceField = <T extends object>(schema: new () => T): Field =>
  fieldOf(AsnPropTypes.Any, (element) => element.as(schema))

/** The octets of a BIT STRING; none if it has unused bits. */
export const bitStringField = fieldOf(
  AsnPropTypes.BitString,
  (element) => wholeOctetsOf(element)?.slice().buffer ?? new ArrayBuffer(),
)

/** A SEQUENCE OF, with one element at least. */
export const listField = <T extends object>(schema: new () => T): Field =>
  fieldOf(AsnPropTypes.Any, (element) => listOf(element, (item) => item.as(schema)))

/** Reads a SEQUENCE OF, with one element at least; null if it or one of its elements is malformed. */
export function listOf<T>(
  element: Element | null | undefined,
  read: (item: Element) => T | null,
): readonly T[] | null {
  const elements = elementsOf(element)
  return elements?.length === 0 ? null : readAll(elements, read)
}

/** Makes a list of elements, as which the contents of an explicit tag are read too. */
class Elements extends AsnArray<Element> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: Element })(Elements)

/** The contents of an element with an explicit tag, as a list: the library ignores all but the first. */
export const explicitField = (context: number): Field => ({
  type: Elements,
  context,
  implicit: true,
  optional: true,
})

/**
 * Makes a schema: a class with fields in order. The library's decorators are called as functions, since
 * Node cannot strip them.
 * @param base a class of asn1-x509, whose fields are kept or replaced
 */
export function schemaOf<T extends object>(
  fields: { readonly [Name in keyof T]?: Field },
  base: new () => object = Object,
): new () => T {
  const schema = class extends base {} as new () => T
  // A class inherits the compiled schema of its parent too, if that has been used: not with these fields.
  const type = { type: AsnTypeTypes.Sequence, schema: undefined }
  AsnType(type)(schema)
  for (const [name, field] of Object.entries<Field | undefined>(fields)) {
    if (field !== undefined) AsnProp(field)(schema.prototype, name)
  }
  AsnProp({ type: AsnPropTypes.Any, optional: true })(schema.prototype, 'surplus')
  return schema
}
