import { knownCertificateHeaders, uniqueNames } from '../certificate/header-names.ts'
import type { HeaderSourceName } from '../certificate/header-sources.ts'
import { isBasic } from '../certificate/source-settings.ts'

/** A TLS terminator with a complete configuration. */
export type Terminator = {
  readonly name: string
  readonly title: string
  /** The Worker's CERTIFICATE_SOURCE. */
  readonly source: HeaderSourceName
  /** Whether intermediates that the client sends reach the Worker. */
  readonly chain: 'yes' | 'no'
  /** What happens to a self-signed certificate. */
  readonly selfSigned: 'forwarded' | 'refused'
  /** What happens to an expired certificate. The Worker refuses it in any case. */
  readonly expired: string
  readonly verified: 'real program' | 'recorded values' | 'not verified here'
  /** Whether the configuration names the certificate's header: then CERTIFICATE_HEADER must be set. */
  readonly namesHeader: boolean
  /** Whether it sends the client's address to the Worker. */
  readonly sendsAddress: boolean
  /** The start and the end of a comment line. */
  readonly comment: readonly [start: string, end: string]
  readonly configuration: (values: ConfigurationValues) => string
}

/** The settings, and what several configurations derive from them. */
export type ConfigurationValues = ProxySettings & {
  /** The Worker's host as in a Host header. */
  readonly upstreamHost: string
  readonly credentialValue: string
  /** PEM of the CAs of the Worker's certificate: given, or the system's on Debian. */
  readonly upstreamCas: string
  /** The proxy's certificate at the Worker, or an example for a comment. */
  readonly proxyCertificate: { readonly certificate: string; readonly key: string }
  /** The start of a comment if no such certificate is configured. */
  readonly unlessProxyCertificate: '' | '# '
  /** The headers of leaf, chain and credential, which no client may send. */
  readonly ownHeaders: readonly string[]
  /**
   * Every header that is known to carry a certificate. The Worker reads only its own; the others are
   * removed for other servers behind the terminator.
   */
  readonly knownHeaders: readonly string[]
}

/** Completes the settings for a configuration. */
export function configurationValues(settings: ProxySettings): ConfigurationValues {
  const { upstream, header, credential, files } = settings
  return {
    ...settings,
    upstreamHost: withPort(upstream.host, upstream.port),
    credentialValue: credentialValue(credential),
    upstreamCas: files.upstreamCas ?? '/etc/ssl/certs/ca-certificates.crt',
    proxyCertificate: files.proxyCertificate ?? {
      certificate: '/etc/certbound/proxy.pem',
      key: '/etc/certbound/proxy.key',
    },
    unlessProxyCertificate: files.proxyCertificate === null ? '# ' : '',
    ownHeaders: [header, `${header}-Chain`, credential.header],
    knownHeaders: knownCertificateHeaders,
  }
}

/** All spellings with underscores instead of hyphens, for terminators that forward such names. */
export const underscored = (names: readonly string[]): readonly string[] =>
  uniqueNames(names.flatMap(spellings)).filter((name) => !names.includes(name))

/** Every combination of `-` and `_` in a short name; in a long one only `_`. */
function spellings(name: string): readonly string[] {
  const [first = '', ...rest] = name.split(/[-_]/)
  if (rest.length > 3) return [name.replaceAll('-', '_')]
  return rest.reduce(
    (made: readonly string[], word) => made.flatMap((one) => [`${one}-${word}`, `${one}_${word}`]),
    [first],
  )
}

/** The values of a terminator's configuration. The caller must make sure that none needs quoting. */
export type ProxySettings = {
  /** The Worker's own host, as the terminator reaches it. */
  readonly upstream: { readonly host: string; readonly port: number }
  /** The host name that clients connect to. */
  readonly publicHost: string
  readonly listen: { readonly address: string | null; readonly port: number }
  /** The name of the leaf's header; the chain's is `${header}-Chain`. A secret. */
  readonly header: string
  readonly credential: Credential
  readonly files: ProxyFiles
}

/** How the terminator proves its identity to the Worker. */
export type Credential = {
  /** The name of the header that carries it. */
  readonly header: string
  /** The Worker's PROXY_CREDENTIAL. A secret. */
  readonly secret: string
}

/** Paths on the terminator's machine. */
export type ProxyFiles = {
  /** PEM of the terminator's certificate for `publicHost` with its chain; for HAProxy also the key. */
  readonly certificate: string
  readonly key: string
  /** PEM of the CAs of the Worker's certificate; null for the system's CAs. */
  readonly upstreamCas: string | null
  /** What the terminator presents at the Worker's host, in PEM; null for nothing. */
  readonly proxyCertificate: { readonly certificate: string; readonly key: string } | null
}

/** The header in which a terminator sends the client's address: the Worker's PROXY_ADDRESS_HEADER. */
export const addressHeader = 'Certbound-Client-Address'

/** A host and port of https, as in a URL. */
export const withPort = (host: string, port: number): string =>
  port === 443 ? host : `${host}:${port}`

/** The value of the credential's header: HTTP Basic (RFC 7617) in Authorization. */
export const credentialValue = ({ header, secret }: Credential): string =>
  isBasic(header) ? `Basic ${btoa(secret)}` : secret
