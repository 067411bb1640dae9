import { BasicConstraints as Asn1BasicConstraints } from '@peculiar/asn1-x509'
import { defineSchema, type Element, smallIntegerField } from '../schema.ts'

/** RFC 5280 section 4.2.1.9. */
export type BasicConstraints = { readonly cA: boolean; readonly pathLen: number | null }

class BasicConstraintsSchema extends Asn1BasicConstraints {}
defineSchema(BasicConstraintsSchema, {
  pathLenConstraint: { ...smallIntegerField, optional: true },
})

/** Reads BasicConstraints. DER forbids an encoded FALSE, but many certificates have one: accepted. */
export function readBasicConstraints(element: Element): BasicConstraints | null {
  const read = element.as(BasicConstraintsSchema)
  return read === null ? null : { cA: read.cA, pathLen: read.pathLenConstraint ?? null }
}
