import type { DerNode } from '../encoding/der-reader.ts'
import { timeOf } from '../encoding/der-scan.ts'
import { elementsOf } from '../encoding/der-values.ts'
import type { Element } from './schema.ts'

/** Seconds since the epoch, both ends included (RFC 5280 section 4.1.2.5). */
export type Validity = { readonly notBefore: number; readonly notAfter: number }

/** Reads Validity. An end before the beginning is no fault of the syntax. */
export function readValidity(element: Element): Validity | null {
  const [first, last, ...more] = elementsOf(element) ?? []
  if (first === undefined || last === undefined || more.length > 0) return null
  const notBefore = readTime(first)
  const notAfter = readTime(last)
  return notBefore === null || notAfter === null ? null : { notBefore, notAfter }
}

/** Reads Time (see {@link timeOf}); null where it is malformed. */
export function readTime({ tag, contents }: Pick<DerNode, 'tag' | 'contents'>): number | null {
  const time = timeOf({ tag, contents: 0, end: contents.length }, contents)
  return Number.isNaN(time) ? null : time
}
