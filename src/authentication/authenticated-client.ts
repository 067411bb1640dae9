import type { Client } from '../clients/client.ts'
import type { ClientAuthMethod } from '../oauth/client-auth-methods.ts'

declare const authenticated: unique symbol

/** How a client was authenticated. */
export type AuthenticationProof = {
  readonly method: ClientAuthMethod
  /**
   * The earliest expiry of everything that the proof rests on, in seconds since the epoch. No token
   * outlives it.
   */
  readonly validUntil: number
  /** The certificate of this handshake with its x5t#S256 (RFC 8705 section 3.1), or null. */
  readonly certificate: { readonly thumbprint: string } | null
}

/** A client that was authenticated. Only the methods in this folder make one. */
export type AuthenticatedClient = {
  readonly client: Client
  readonly proof: AuthenticationProof
  readonly [authenticated]: true
}

/** For the methods in this folder only. */
export const authenticatedAs = (client: Client, proof: AuthenticationProof) =>
  ({ client, proof }) as AuthenticatedClient
