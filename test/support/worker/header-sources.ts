import { headerCertificate } from '../../../src/certificate/header-certificate.ts'
import {
  type HeaderSourceName,
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../../src/certificate/header-sources.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { mintCertificate } from '../mint/mint.ts'
import { caRequest, leafRequest, rootRequest } from './chain-of-three.ts'
import { headerWriters } from './header-writers.ts'

/** A chain, as its client sends it. */
export const leaf = await mintCertificate(leafRequest)
export const ca = await mintCertificate(caRequest)
export const root = await mintCertificate(rootRequest)

/** A header, and its value. */
export type Header = [name: string, value: string]

/** A request with headers, of which some may have one name. */
export const requestWith = (headers: readonly Header[]): Request =>
  new Request('https://x/', { headers: [...headers] })

/** A name for a source that has none by default. */
export const secretName = 'X-Made-Up-5f0c'
/** The header to configure for a source: null where it has a default. */
export const chosenHeader = (name: HeaderSourceName) =>
  headerSources[name].header === null ? secretName : null

/** The headers that a source reads. */
export function namesOf(name: HeaderSourceName) {
  const names = headerNames(headerSources[name], chosenHeader(name))
  if (names === null) throw new Error('no name')
  return names
}

/** What a source makes of headers: 'none', the octets, or the problem. */
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

/** What a source makes of a value of the leaf's header alone. */
export const readLeaf = (name: HeaderSourceName, value: string) =>
  read(name, [[namesOf(name).leaf, value]])

/** The headers that the terminator of a source writes. */
export function written(name: HeaderSourceName, chain: readonly Bytes[] = [ca, root]): Header[] {
  const words = headerWriters[name](leaf, chain)
  const names = namesOf(name)
  const own: Header[] = [[names.leaf, words.leaf]]
  if (words.chain !== null && names.chain !== null) own.push([names.chain, words.chain])
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
