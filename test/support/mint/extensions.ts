import {
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
} from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { utf8 } from '../../../src/encoding/bytes.ts'
import { sequence } from '../../../src/encoding/der-writer.ts'
import { implicit, namedBits } from './der.ts'
import { type MintName, mintName } from './name.ts'

/** Any extension: OID, criticality and the DER of its value. */
export const extension = (oid: string, critical: boolean, value: Uint8Array): Bytes =>
  critical
    ? sequence(objectIdentifier(oid), boolean(true), octetString(value))
    : sequence(objectIdentifier(oid), octetString(value))

/** basicConstraints (RFC 5280 section 4.2.1.9), critical by default. */
export function basicConstraints(
  value: { readonly cA: boolean; readonly pathLen?: number },
  critical = true,
): Bytes {
  const parts = [
    ...(value.cA ? [boolean(true)] : []),
    ...(value.pathLen === undefined ? [] : [integer(value.pathLen)]),
  ]
  return extension('2.5.29.19', critical, sequence(...parts))
}

/** The names of RFC 5280 section 4.2.1.3 in the order of their bits. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** keyUsage (RFC 5280 section 4.2.1.3), critical by default. */
export const keyUsage = (usages: readonly (typeof keyUsages)[number][], critical = true): Bytes =>
  extension('2.5.29.15', critical, namedBits(usages.map((usage) => keyUsages.indexOf(usage))))

const purposes: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
}

/** extKeyUsage (RFC 5280 section 4.2.1.12): short names or OIDs. */
export const extKeyUsage = (usages: readonly string[], critical = false): Bytes =>
  extension(
    '2.5.29.37',
    critical,
    sequence(...usages.map((usage) => objectIdentifier(purposes[usage] ?? usage))),
  )

/** A GeneralName: text for dns, uri and email, octets for ip, a name for directory, DER for raw. */
export type MintGeneralName =
  | { readonly dns: string }
  | { readonly uri: string }
  | { readonly email: string }
  | { readonly ip: readonly number[] }
  | { readonly directory: MintName }
  | { readonly raw: Uint8Array }

/** A GeneralName in DER (RFC 5280 section 4.2.1.6). */
export function generalName(name: MintGeneralName): Bytes {
  if ('email' in name) return implicit(1, utf8(name.email))
  if ('dns' in name) return implicit(2, utf8(name.dns))
  if ('directory' in name) return explicit(4, mintName(name.directory))
  if ('uri' in name) return implicit(6, utf8(name.uri))
  if ('ip' in name) return implicit(7, Uint8Array.from(name.ip))
  return Uint8Array.from(name.raw)
}

/** subjectAltName (RFC 5280 section 4.2.1.6). */
export const subjectAltName = (names: readonly MintGeneralName[], critical = false): Bytes =>
  extension('2.5.29.17', critical, sequence(...names.map(generalName)))

/** subjectKeyIdentifier (RFC 5280 section 4.2.1.2). */
export const subjectKeyIdentifier = (id: Uint8Array): Bytes =>
  extension('2.5.29.14', false, octetString(id))

/** authorityKeyIdentifier with only a keyIdentifier (RFC 5280 section 4.2.1.1). */
export const authorityKeyIdentifier = (id: Uint8Array): Bytes =>
  extension('2.5.29.35', false, sequence(implicit(0, id)))

/** A key identifier for a SubjectPublicKeyInfo: the first 160 bits of its SHA-256 (RFC 7093 section 2). */
export async function keyIdentifier(spki: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', spki)).slice(0, 20)
}
