import { explicit, integer, objectIdentifier } from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { sequence } from '../../../src/encoding/der-writer.ts'
import { implicit } from './der.ts'
import { extension, generalName, type MintGeneralName } from './extensions.ts'

/** nameConstraints (RFC 5280 section 4.2.1.10), critical by default. Empty lists are left out. */
export function nameConstraints(
  lists: {
    readonly permitted?: readonly MintGeneralName[]
    readonly excluded?: readonly MintGeneralName[]
  },
  critical = true,
): Bytes {
  const list = (number: number, bases: readonly MintGeneralName[] = []): Bytes =>
    bases.length === 0
      ? new Uint8Array()
      : explicit(number, ...bases.map((base) => sequence(generalName(base))))
  return extension(
    '2.5.29.30',
    critical,
    sequence(list(0, lists.permitted), list(1, lists.excluded)),
  )
}

/** certificatePolicies (RFC 5280 section 4.2.1.4) without qualifiers. */
export const certificatePolicies = (oids: readonly string[], critical = false): Bytes =>
  extension('2.5.29.32', critical, sequence(...oids.map((oid) => sequence(objectIdentifier(oid)))))

/** policyMappings (RFC 5280 section 4.2.1.5): pairs of issuerDomainPolicy and subjectDomainPolicy. */
export const policyMappings = (pairs: readonly (readonly [string, string])[]): Bytes =>
  extension(
    '2.5.29.33',
    true,
    sequence(...pairs.map((pair) => sequence(...pair.map(objectIdentifier)))),
  )

/** policyConstraints (RFC 5280 section 4.2.1.11). */
export function policyConstraints(skip: {
  readonly requireExplicitPolicy?: number
  readonly inhibitPolicyMapping?: number
}): Bytes {
  const { requireExplicitPolicy: explicitly, inhibitPolicyMapping: mapping } = skip
  const counter = (number: number, value: number | undefined): Bytes =>
    value === undefined ? new Uint8Array() : implicit(number, integer(value).subarray(2))
  return extension('2.5.29.36', true, sequence(counter(0, explicitly), counter(1, mapping)))
}

/** inhibitAnyPolicy (RFC 5280 section 4.2.1.14). */
export const inhibitAnyPolicy = (skipCerts: number): Bytes =>
  extension('2.5.29.54', true, integer(skipCerts))
