import { Extension as Asn1Extension } from '@peculiar/asn1-x509'
import type { Bytes } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import {
  defaultFalseField,
  type Element,
  listOf,
  oidField,
  readElement,
  schemaOf,
} from '../schema.ts'

/** An extension, its value not read yet. */
export type Extension = {
  readonly oid: string
  readonly critical: boolean
  /** The octets inside of the OCTET STRING. */
  readonly value: Bytes
}

const fields = { extnID: oidField, critical: defaultFalseField }
const extensionSchema = schemaOf<Asn1Extension>(fields, Asn1Extension)

/** Reads Extensions (RFC 5280 section 4.1): one or more; null if the syntax is wrong. */
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

/**
 * Extensions that are understood, by the name of the field that has their value: OID, and a reader that
 * returns null for a malformed value and undefined for one that says nothing.
 */
type Readers = Readonly<
  Record<string, { readonly oid: string; readonly read: (element: Element) => unknown }>
>

/** What extensions say; null if one is absent. */
export type ReadBy<R extends Readers> = {
  readonly [Name in keyof R]: Exclude<ReturnType<R[Name]['read']>, undefined> | null
}

/** Reads all extensions that are understood; the refusal is the OID of the one that is malformed. */
export function readBy<R extends Readers>(
  readers: R,
  extensions: readonly Extension[],
): Result<ReadBy<R>, string> {
  const values = new Map(extensions.map(({ oid, value }) => [oid, value]))
  const known: Record<string, unknown> = {}
  for (const [name, { oid, read }] of Object.entries(readers)) {
    const value = values.get(oid)
    const field = value === undefined ? undefined : readValue(value, read)
    if (field === null) return err(oid)
    known[name] = field ?? null
  }
  return ok(known as ReadBy<R>)
}

/** Reads an extension's value as exactly one element; null if it is malformed. */
export function readValue<T>(value: Bytes, read: (element: Element) => T | null): T | null {
  const element = readElement(value)
  return element === null ? null : read(element)
}
