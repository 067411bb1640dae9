import { BasicConstraints as Asn1BasicConstraints } from '@peculiar/asn1-x509'
import { type Element, schemaOf, smallIntegerField } from '../schema.ts'

/** RFC 5280 section 4.2.1.9. */
export type BasicConstraints = { readonly cA: boolean; readonly pathLen: number | null }

const fields = { pathLenConstraint: { ...smallIntegerField, optional: true } }
const schema = schemaOf<Asn1BasicConstraints>(fields, Asn1BasicConstraints)

/** Reads BasicConstraints. DER forbids an encoded FALSE, but many certificates have one: accepted. */
export function readBasicConstraints(element: Element): BasicConstraints | null {
  const read = element.as(schema)
  return read === null ? null : { cA: read.cA, pathLen: read.pathLenConstraint ?? null }
}
