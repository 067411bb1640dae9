import { Extension as Asn1Extension } from '@peculiar/asn1-x509'
import type { Bytes } from '../../encoding/bytes.ts'
import { defaultFalseField, type Element, listOf, oidField, schemaOf } from '../schema.ts'

/** An extension, its value not read yet. */
export type Extension = {
  readonly oid: string
  readonly critical: boolean
  /** The octets inside of the OCTET STRING. */
  readonly value: Bytes
}

const fields = { extnID: oidField, critical: defaultFalseField }
const extensionSchema = schemaOf<Asn1Extension>(fields, Asn1Extension)

/** Reads Extensions (RFC 5280 section 4.1): one or more; null where the syntax is wrong. */
export const readExtensions = (element: Element | null | undefined): readonly Extension[] | null =>
  listOf(element, (item) => {
    const extension = item.as(extensionSchema)
    if (extension === null) return null
    const { extnID: oid, critical, extnValue } = extension
    return { oid, critical, value: new Uint8Array(extnValue.buffer) }
  })

/** Which extension, if any, is there twice ("MUST NOT", RFC 5280 section 4.2). */
export function duplicateExtension(extensions: readonly Extension[]): string | null {
  const seen = new Set<string>()
  for (const { oid } of extensions) {
    if (seen.has(oid)) return oid
    seen.add(oid)
  }
  return null
}
