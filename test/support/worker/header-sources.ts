import { headerCertificate } from '../../../src/certificate/header-certificate.ts'
import {
  type HeaderSourceName,
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../../src/certificate/header-sources.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { mintIdentity } from '../certificates.ts'
import { headerWriters } from './header-writers.ts'

const validity = { notBefore: 1_700_000_000, notAfter: 1_800_000_000 }
const rootIdentity = await mintIdentity({ subject: 'CN=root', purpose: 'ca', ...validity })
const caIdentity = await mintIdentity({
  subject: 'CN=ca',
  purpose: 'ca',
  issuer: rootIdentity,
  ...validity,
})
const leafIdentity = await mintIdentity({ subject: 'CN=leaf', issuer: caIdentity, ...validity })

/** A chain as a client presents it, DER. */
export const leaf = leafIdentity.der
export const ca = caIdentity.der
export const root = rootIdentity.der

/** A header's name and value. */
export type Header = [name: string, value: string]

/** A request with headers, which may repeat a name. */
export const requestWith = (headers: readonly Header[]): Request =>
  new Request('https://x/', { headers: [...headers] })

/** A header name for a source without a default. */
export const secretName = 'X-Made-Up-5f0c'
/** The header name to configure for a source: null if it has a default. */
export const chosenHeader = (name: HeaderSourceName) =>
  headerSources[name].header === null ? secretName : null

/** The headers that a source reads. */
export function namesOf(name: HeaderSourceName) {
  const names = headerNames(headerSources[name], chosenHeader(name))
  if (names === null) throw new Error('no name')
  return names
}

/** The result of a source for headers: 'none', the octets, or the problem. */
export function read(
  name: HeaderSourceName,
  headers: readonly Header[],
  header = chosenHeader(name),
): unknown {
  const presented = headerCertificate(name, header)(requestWith(headers))
  if (!presented.ok)
    return 'problem' in presented.error ? presented.error.problem : presented.error.code
  if (presented.value.kind !== 'whole') return presented.value.kind
  const decoded = presented.value.decode()
  return decoded.ok ? decoded.value : decoded.error.problem
}

/** The result of a source for one value of the leaf's header. */
export const readLeaf = (name: HeaderSourceName, value: string) =>
  read(name, [[namesOf(name).leaf, value]])

/** The headers that the terminator of a source writes. */
export function written(name: HeaderSourceName, chain: readonly Bytes[] = [ca, root]): Header[] {
  const values = headerWriters[name](leaf, chain)
  const names = namesOf(name)
  const own: Header[] = [[names.leaf, values.leaf]]
  if (values.chain !== null && names.chain !== null) own.push([names.chain, values.chain])
  return own
}

/** The problems of a source. */
export const noLeaf = (name: HeaderSourceName) =>
  `the certificate's header is not of the form "${headerSources[name].form}"`
export const noChain = (name: HeaderSourceName) =>
  `the chain's header is not of the form "${headerSources[name].chainForm}", at most 16`

/** The sources with a header for the chain, and those with one header for leaf and chain. */
export const ownChain = headerSourceNames.filter((name) => headerSources[name].chainHeader !== null)
export const inLeaf = headerSourceNames.filter((name) =>
  /leaf first|XFCC/.test(headerSources[name].form),
)
/** Every source that forwards a chain. */
export const chained = [...ownChain, ...inLeaf]
