import { err, ok, type Result } from '../encoding/result.ts'
import { type CertificateReader, chainForms, leafForms, maxChain } from './header-forms.ts'
import {
  type HeaderSourceDescription,
  type HeaderSourceName,
  headerSources,
} from './header-source-table.ts'
import type {
  CertificateChain,
  CertificateSource,
  Conveyed,
  Unreadable,
} from './presented-certificate.ts'

export {
  type HeaderSourceDescription,
  type HeaderSourceName,
  headerSourceNames,
  headerSources,
} from './header-source-table.ts'

/** In characters. A certificate takes some two thousand, percent-encoded a little more. */
const maxHeaderLength = 1 << 16

/**
 * Makes a source that reads headers. It believes them: whether the hop that conveys them may be
 * believed is checked before. What a terminator says of its own verdict is never read.
 * @param name the form of the headers, by the terminator that writes them
 * @param header the configured name of the leaf's header, or null for the source's default; a chain's
 *   header then is `${header}-Chain`
 * @throws TypeError where the source has no default and none is given, or the name is no header's
 */
export function headerCertificate(
  name: HeaderSourceName,
  header: string | null,
): CertificateSource {
  const source = headerSources[name]
  const names = headerNames(source, header)
  if (names === null) throw new TypeError(`${name}: the header has no default name`)
  const decode = decoder(source)
  return (request) => {
    const leaf = request.headers.get(names.leaf)
    // An underscore makes another header of it, and a chain without a leaf is nobody's.
    if (leaf === null || source.absent.includes(leaf)) return ok({ kind: 'none' })
    const chain = names.chain === null ? '' : (request.headers.get(names.chain) ?? '')
    if (leaf.length > maxHeaderLength) return unreadable(`the certificate's header is ${tooLong}`)
    if (chain.length > maxHeaderLength) return unreadable(`the chain's header is ${tooLong}`)
    const conveyed = { leaf, chain }
    return ok({
      kind: 'whole',
      conveyed,
      chainTooLarge: false,
      decode: () => decode(conveyed),
    })
  }
}

/**
 * The names of the headers that a source reads.
 * @param header the configured name of the leaf's header, or null for the source's default
 * @returns null where the source has no default and none is given
 */
export function headerNames(
  source: HeaderSourceDescription,
  header: string | null,
): { readonly leaf: string; readonly chain: string | null } | null {
  const leaf = header ?? source.header
  if (leaf === null) return null
  return {
    leaf,
    chain: header === null || source.chainHeader === null ? source.chainHeader : `${header}-Chain`,
  }
}

const tooLong = `longer than ${maxHeaderLength} characters`

/** The problems name neither header nor value: the one may be a secret, the other is the client's. */
function decoder({ form, chainForm }: HeaderSourceDescription) {
  const readLeaf: CertificateReader = leafForms[form]
  const readChain: CertificateReader = chainForm === null ? () => [] : chainForms[chainForm]
  const noLeaf = `the certificate's header is not of the form "${form}"`
  const noChain = `the chain's header is not of the form "${chainForm}", at most ${maxChain}`
  return (conveyed: Conveyed): Result<CertificateChain, Unreadable> => {
    const [leaf, ...inLeaf] = readLeaf(conveyed.leaf) ?? []
    if (leaf === undefined) return unreadable(noLeaf)
    const chain = readChain(conveyed.chain)
    return chain === null ? unreadable(noChain) : ok({ leaf, chain: [...inLeaf, ...chain] })
  }
}

const unreadable = (problem: string) =>
  err({ code: 'certificate_unreadable', problem, thumbprint: null } as const)
