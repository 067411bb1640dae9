import { type DerNode, readDer, tags } from '../../encoding/der-reader.ts'
import { elementsOf, oidOf, smallIntegerOf } from '../../encoding/der-values.ts'

/** The hashes that signatures may use. */
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** RSASSA-PSS-params that can be used: MGF1 with the same hash, trailer 1. */
export type PssParameters = { readonly hash: Hash; readonly saltLength: number }

const hashes: ReadonlyMap<string | null, Hash> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'SHA-256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA-384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA-512'],
])

const mgf1 = '1.2.840.113549.1.1.8'

/** In octets: twice what hash, mask generation and salt length take. */
const maxSize = 128

/** In octets. More than any hash needs; a larger one is not worth trying. */
const maxSaltLength = 64

/**
 * Reads RSASSA-PSS-params (RFC 4055 section 3.1). The defaults are SHA-1: where hash or mask
 * generation are left out, null, as for all else that WebCrypto cannot do.
 */
export function readPssParameters(der: ArrayBuffer): PssParameters | null {
  const node = readDer(new Uint8Array(der), maxSize)
  const members = node.ok ? elementsOf(node.value) : null
  if (members === null) return null
  const numbers = members.map((member) => member.tag).join()
  // In order, each explicit; trailerField (3) has one legal value, its default, and is not encoded.
  if (numbers !== '160,161,162' && numbers !== '160,161') return null
  const [hashMember, maskMember, saltMember] = members
  const hash = readHash(only(hashMember))
  const mask = elementsOf(only(maskMember)) ?? []
  if (mask.length !== 2 || oidOf(mask[0]) !== mgf1) return null
  if (hash === null || readHash(mask[1]) !== hash) return null
  const saltLength = saltMember === undefined ? 20 : smallIntegerOf(only(saltMember))
  return saltLength === null || saltLength > maxSaltLength ? null : { hash, saltLength }
}

const only = (node: DerNode | undefined): DerNode | undefined =>
  node?.children.length === 1 ? node.children[0] : undefined

/** RFC 4055 section 2.1: NULL parameters, or none, which "MUST" be accepted as well. */
function readHash(node: DerNode | undefined): Hash | null {
  const [oid, parameters, ...more] = elementsOf(node) ?? []
  if (more.length > 0 || (parameters !== undefined && parameters.tag !== tags.null)) return null
  return hashes.get(oidOf(oid)) ?? null
}
