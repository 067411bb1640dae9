import { isBasic } from '../certificate/source-settings.ts'

/** What a terminator's configuration is made of. All texts are safe to stand unquoted: see `options.ts`. */
export type ProxySettings = {
  /** The Worker's own host, as the terminator reaches it. */
  readonly upstream: { readonly host: string; readonly port: number }
  /** The host name that partners connect to. */
  readonly publicHost: string
  readonly listen: { readonly address: string | null; readonly port: number }
  /** The name of the header that carries the leaf; a chain's is `${header}-Chain`. A secret. */
  readonly header: string
  readonly credential: Credential
  readonly files: ProxyFiles
}

/** How the terminator proves to the Worker that it is the terminator. */
export type Credential = {
  /** The name of the header that carries it. */
  readonly header: string
  /** The Worker's PROXY_CREDENTIAL. A secret. */
  readonly secret: string
}

/** Paths on the terminator's machine. */
export type ProxyFiles = {
  /** PEM of the terminator's own certificate for `publicHost`, chain included; for HAProxy also the key. */
  readonly certificate: string
  readonly key: string
  /** PEM of the CAs that the Worker's certificate must chain to; null for those of the system. */
  readonly upstreamCas: string | null
  /** What the terminator shows at the Worker's host, in PEM; null where it shows nothing. */
  readonly hop: { readonly certificate: string; readonly key: string } | null
}

/** In which header a terminator tells for whom it speaks, the Worker's PROXY_ADDRESS_HEADER. */
export const addressHeader = 'Certbound-Client-Address'

/** The Worker's host as a Host header has it. */
export const upstreamHost = ({ upstream: { host, port } }: ProxySettings): string =>
  withPort(host, port)

/** A host of https as URLs have it. */
export const withPort = (host: string, port: number): string =>
  port === 443 ? host : `${host}:${port}`

/** The value of the credential's header: HTTP Basic (RFC 7617) in the header that is made for it. */
export const credentialValue = ({ header, secret }: Credential): string =>
  isBasic(header) ? `Basic ${btoa(secret)}` : secret

/** CAs of the system where Debian and its kin keep them. */
export const systemCas = '/etc/ssl/certs/ca-certificates.crt'

/** Where templates show how the terminator could prove itself by a certificate, and none was named. */
export const exampleHop = {
  certificate: '/etc/certbound/hop.pem',
  key: '/etc/certbound/hop.key',
} as const
