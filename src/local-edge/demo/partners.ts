import type { DataFiles } from '../data-folder.ts'

/** A partner of the demo: how it is registered, and what it shows in the handshake. */
export type DemoPartner = {
  readonly clientId: string
  readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth'
  /** PEM files. */
  readonly cert: string
  readonly key: string
}

/** What both are registered for. */
export const demoScope = 'orders:read orders:write'
export const demoResource = 'https://api.example.com'
/** The anchor set that vouches for the first one. */
export const demoAnchorSet = 'demo-partner-ca'

/** The two halves of RFC 8705 section 2: a certificate of a CA, and one of its own making. */
export const demoPartners = (files: DataFiles): readonly [DemoPartner, DemoPartner] => [
  {
    clientId: 'demo-ca-issued',
    method: 'tls_client_auth',
    cert: files.caIssued,
    key: files.caIssuedKey,
  },
  {
    clientId: 'demo-self-signed',
    method: 'self_signed_tls_client_auth',
    cert: files.selfSigned,
    key: files.selfSignedKey,
  },
]
