import { err, ok, type Result } from '../encoding/result.ts'
import { type CertificateReader, chainForms, leafForms, maxChain } from './header-forms.ts'
import {
  type HeaderSource,
  type HeaderSourceName,
  headerNames,
  headerSources,
} from './header-sources.ts'
import type {
  CertificateChain,
  CertificateSource,
  RawCertificates,
  UnreadableCertificate,
} from './presented-certificate.ts'

/** In characters. A certificate has about 2 000, percent-encoded a few more. */
const maxHeaderLength = 1 << 16

/**
 * Makes a source that reads headers. The caller must authenticate the proxy that forwards them first.
 * The terminator's own verdict on the certificate is never read.
 * @param name selects the form of the headers: the terminator that writes them
 * @param header the configured name of the leaf's header, or null for the default
 * @throws TypeError if the source has no default header and no name is configured
 */
export function headerCertificate(
  name: HeaderSourceName,
  header: string | null,
): CertificateSource {
  const source: HeaderSource = headerSources[name]
  const names = headerNames(source, header)
  if (names === null) throw new TypeError(`${name}: the header has no default name`)
  const decode = decoder(source)
  return (request) => {
    const leaf = request.headers.get(names.leaf)
    // A chain without a leaf proves nothing and is ignored.
    if (leaf === null || source.absent.includes(leaf)) return ok({ kind: 'none' })
    const chain = names.chain === null ? '' : (request.headers.get(names.chain) ?? '')
    if (leaf.length > maxHeaderLength) return unreadable(`the certificate's header is ${tooLong}`)
    if (chain.length > maxHeaderLength) return unreadable(`the chain's header is ${tooLong}`)
    const raw = { leaf, chain }
    return ok({ kind: 'whole', raw, chainTooLarge: false, decode: () => decode(raw) })
  }
}

const tooLong = `longer than ${maxHeaderLength} characters`

/** The problems contain neither the header's name, which may be a secret, nor the client's value. */
function decoder({ form, chainForm }: HeaderSource) {
  const readLeaf: CertificateReader = leafForms[form]
  const readChain: CertificateReader = chainForm === null ? () => [] : chainForms[chainForm]
  const leafProblem = `the certificate's header is not of the form "${form}"`
  const chainProblem = `the chain's header is not of the form "${chainForm}", at most ${maxChain}`
  return (raw: RawCertificates): Result<CertificateChain, UnreadableCertificate> => {
    const [leaf, ...chainInLeafHeader] = readLeaf(raw.leaf) ?? []
    if (leaf === undefined) return unreadable(leafProblem)
    const chain = readChain(raw.chain)
    return chain === null
      ? unreadable(chainProblem)
      : ok({ leaf, chain: [...chainInLeafHeader, ...chain] })
  }
}

const unreadable = (problem: string) =>
  err({ code: 'certificate_unreadable', problem, thumbprint: null } as const)
