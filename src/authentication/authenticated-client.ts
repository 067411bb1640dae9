import type { Client } from '../clients/client.ts'

declare const authenticated: unique symbol

/** The certificate that proved a client: what a token is bound to. */
export type ClientCertificate = {
  /** x5t#S256 (RFC 8705 section 3.1). */
  readonly thumbprint: string
  /** The earliest expiry of all that the proof rests on, in seconds since the epoch. */
  readonly notAfter: number
}

/** A client that proved itself. Only the methods of this room make one. */
export type AuthenticatedClient = {
  readonly client: Client
  readonly certificate: ClientCertificate
  readonly [authenticated]: true
}

/** For the methods of this room alone. */
export const authenticatedAs = (client: Client, certificate: ClientCertificate) =>
  ({ client, certificate }) as AuthenticatedClient
