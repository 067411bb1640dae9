import { cloudflareCertificate } from '../certificate/cloudflare.ts'
import { headerCertificate } from '../certificate/header-certificate.ts'
import {
  type HeaderSourceName,
  headerNames,
  headerSourceNames,
  headerSources,
} from '../certificate/header-sources.ts'
import type {
  CertificateSource,
  PresentedCertificate,
} from '../certificate/presented-certificate.ts'
import {
  type ProxyAuthentication,
  proxyAuthentication,
} from '../certificate/proxy-authentication.ts'
import { isProbablyRandom } from '../certificate/random-text.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import type { BindingRefusal } from './refusal.ts'

/** A source by its name: the edge's own evidence, or the terminator that writes a header. */
export type SourceName = 'cloudflare' | HeaderSourceName

/**
 * How a terminator in front of this API proves that it is the one that writes the certificate's header
 * (anybody else could write it, too): by a credential, by its own certificate at Cloudflare's edge, by
 * both, or by a header name that nobody can guess.
 */
export type HopOptions = {
  /** A secret that the terminator sends with each request; two while it is being changed. */
  readonly credential?: string | readonly string[]
  /** The header of the credential. Default `Certbound-Proxy-Credential`. */
  readonly credentialHeader?: string
  /** x5t#S256 of each certificate that the terminator may show at Cloudflare's edge. */
  readonly certificates?: readonly string[]
  /** The header of the client's certificate, if not the source's usual one; a random name. */
  readonly header?: string
  /** Takes a random header name for all the proof there is. Header names show up in logs. */
  readonly headerNameAlone?: boolean
}

/** What a request brings of a certificate, if it comes by whom it has to come. */
export type Evidence = (
  request: Request,
  now: number,
) => Promise<Result<PresentedCertificate, BindingRefusal | ProxyRefusal>>

const usualCredentialHeader = 'Certbound-Proxy-Credential'

/**
 * Makes the one way to a request's certificate.
 * @returns everything that is wrong with the settings, a sentence each, no secret in it
 */
export function evidenceOf(
  source: SourceName | CertificateSource,
  hop: HopOptions | undefined,
): Result<Evidence, readonly string[]> {
  if (typeof source === 'function' || source === 'cloudflare') {
    if (hop !== undefined) return err(['hop: only a source that reads a header has one'])
    const read = source === 'cloudflare' ? cloudflareCertificate : source
    return ok(async (request) => read(request))
  }
  if (!headerSourceNames.some((name) => name === source)) {
    return err([`source: want cloudflare, ${headerSourceNames.join(', ')}, or a function`])
  }
  const problems = hopProblems(source, hop ?? {})
  return problems.length > 0 ? err(problems) : ok(behindHop(source, hop ?? {}))
}

function behindHop(source: HeaderSourceName, hop: HopOptions): Evidence {
  const read = headerCertificate(source, hop.header ?? null)
  const authenticate = authentication(hop)
  return async (request, now) => {
    const hopIs = await authenticate?.(request, now)
    return hopIs === undefined || hopIs.ok ? read(request) : hopIs
  }
}

/** Null where the name of the header is all there is. */
function authentication(hop: HopOptions): ProxyAuthentication | null {
  const { certificates, credentialHeader: header = usualCredentialHeader } = hop
  const values = credentialsOf(hop)
  if (values.length === 0 && certificates === undefined) return null
  return proxyAuthentication({
    // Proxy-Authorization means HTTP Basic (RFC 7617) of `user:password`.
    credential:
      values.length === 0 ? null : { header, values: isBasic(header) ? values.map(basic) : values },
    certificate:
      certificates === undefined ? null : { by: 'thumbprint', thumbprints: certificates },
  })
}

const credentialsOf = ({ credential }: HopOptions): readonly string[] =>
  credential === undefined ? [] : [credential].flat()

const isBasic = (header: string): boolean => header.toLowerCase() === 'proxy-authorization'

const basic = (credential: string): string => `Basic ${btoa(credential)}`

const wanted =
  'hop: a certificate in a header proves nothing by itself, anybody can write one: set hop.credential ' +
  '("npx certbound proxy config" makes one), hop.certificates, or hop.headerNameAlone'

/** RFC 9110 section 5.1. */
const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name)

function hopProblems(source: HeaderSourceName, hop: HopOptions): readonly string[] {
  const { header, certificates, headerNameAlone = false, credentialHeader } = hop
  const problems: string[] = []
  const credentials = credentialsOf(hop)
  if (!credentials.every((each) => typeof each === 'string' && isProbablyRandom(each))) {
    problems.push('hop.credential: want 32 random characters or more')
  }
  if (certificates?.length === 0 || certificates?.every(isThumbprint) === false) {
    problems.push('hop.certificates: want x5t#S256 thumbprints')
  }
  if (credentialHeader !== undefined && !isHeaderName(credentialHeader)) {
    problems.push('hop.credentialHeader: want the name of a header')
  }
  // The access token is there.
  if (credentialHeader?.toLowerCase() === 'authorization') {
    problems.push('hop.credentialHeader: Authorization holds the access token')
  }
  if (header !== undefined && !isHeaderName(header)) {
    problems.push('hop.header: want the name of a header')
  } else if (headerNames(headerSources[source], header ?? null) === null) {
    problems.push(`hop.header: ${source} has no usual header, name it`)
  }
  const proven = credentials.length > 0 || certificates !== undefined
  if (headerNameAlone && !(header !== undefined && isProbablyRandom(header))) {
    problems.push('hop.headerNameAlone: want a random hop.header, 32 characters or more')
  } else if (!proven && !headerNameAlone) {
    problems.push(wanted)
  }
  return problems
}

const isThumbprint = (text: unknown): boolean =>
  typeof text === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
