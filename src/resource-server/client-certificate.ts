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

/** The name of a certificate source: Cloudflare's edge, or a terminator that writes a header. */
export type SourceName = 'cloudflare' | HeaderSourceName

/**
 * How the proxy in front of this API proves that it wrote the certificate's header, which any client
 * could send, too: by a credential, by its own certificate at Cloudflare's edge, by both, or by a header
 * name that cannot be guessed.
 */
export type HopOptions = {
  /** A secret that the proxy sends with each request; two during a rotation. */
  readonly credential?: string | readonly string[]
  /** The header of the credential. Default `Certbound-Proxy-Credential`. */
  readonly credentialHeader?: string
  /** x5t#S256 of each certificate that the proxy may present at Cloudflare's edge. */
  readonly certificates?: readonly string[]
  /** The header of the client's certificate, if it is not the source's default; a random name. */
  readonly header?: string
  /** Accepts a random header name as the only proof. Header names show up in logs. */
  readonly headerNameAlone?: boolean
}

/** Reads the client certificate of a request, after authenticating the proxy that forwards it. */
export type ClientCertificate = (
  request: Request,
  now: number,
) => Promise<Result<PresentedCertificate, BindingRefusal | ProxyRefusal>>

const defaultCredentialHeader = 'Certbound-Proxy-Credential'

/**
 * Makes the reader of client certificates.
 * @returns or every problem of the options, one sentence each, without secrets
 */
export function clientCertificate(
  source: SourceName | CertificateSource,
  hop: HopOptions | undefined,
): Result<ClientCertificate, readonly string[]> {
  if (typeof source === 'function' || source === 'cloudflare') {
    if (hop !== undefined) return err(['hop: only for a source that reads a header'])
    const read = source === 'cloudflare' ? cloudflareCertificate : source
    return ok(async (request) => read(request))
  }
  if (!headerSourceNames.some((name) => name === source)) {
    return err([`source: want cloudflare, ${headerSourceNames.join(', ')}, or a function`])
  }
  const problems = hopProblems(source, hop ?? {})
  return problems.length > 0 ? err(problems) : ok(forwardedCertificate(source, hop ?? {}))
}

function forwardedCertificate(source: HeaderSourceName, hop: HopOptions): ClientCertificate {
  const read = headerCertificate(source, hop.header ?? null)
  const authenticate = authentication(hop)
  return async (request, now) => {
    const authenticated = await authenticate?.(request, now)
    return authenticated === undefined || authenticated.ok ? read(request) : authenticated
  }
}

/** Returns null if the header's name is the only proof. */
function authentication(hop: HopOptions): ProxyAuthentication | null {
  const { certificates, credentialHeader: header = defaultCredentialHeader } = hop
  const credentials = credentialsOf(hop)
  if (credentials.length === 0 && certificates === undefined) return null
  // Proxy-Authorization carries HTTP Basic (RFC 7617) of `user:password`.
  const isBasic = header.toLowerCase() === 'proxy-authorization'
  const values = isBasic ? credentials.map((each) => `Basic ${btoa(each)}`) : credentials
  return proxyAuthentication({
    credential: values.length === 0 ? null : { header, values },
    certificate:
      certificates === undefined ? null : { by: 'thumbprint', thumbprints: certificates },
  })
}

const credentialsOf = ({ credential }: HopOptions): readonly string[] =>
  credential === undefined ? [] : [credential].flat()

/** RFC 9110 section 5.1. */
const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name)

/** 32 octets in canonical base64url. */
const isThumbprint = (text: unknown): boolean =>
  typeof text === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)

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
  if (credentialHeader?.toLowerCase() === 'authorization') {
    problems.push('hop.credentialHeader: Authorization holds the access token')
  }
  if (header !== undefined && !isHeaderName(header)) {
    problems.push('hop.header: want the name of a header')
  } else if (headerNames(headerSources[source], header ?? null) === null) {
    problems.push(`hop.header: ${source} has no default header, choose a name`)
  }
  const isProven = credentials.length > 0 || certificates !== undefined
  if (headerNameAlone && !(header !== undefined && isProbablyRandom(header))) {
    problems.push('hop.headerNameAlone: want a random hop.header, 32 characters or more')
  } else if (!isProven && !headerNameAlone) {
    problems.push(
      'hop: any client could send a certificate in a header: set hop.credential ("npx certbound proxy ' +
        'credential" makes one), hop.certificates, or hop.headerNameAlone',
    )
  }
  return problems
}
