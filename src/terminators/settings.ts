import { isBasic } from '../certificate/source-settings.ts'

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
