import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import type { ClientCache } from '../clients/client-cache.ts'
import { err, type Result } from '../encoding/result.ts'
import type { ClientAuthMethod } from '../oauth/client-auth-methods.ts'
import type { PresentedCredentials } from '../oauth/presented-credentials.ts'
import type { ClientCertificateRefusal, ClientRefusal, ServiceRefusal } from '../oauth/refusal.ts'
import type { AuthenticatedClient } from './authenticated-client.ts'
import type {
  AuthenticationMethod,
  CertificateEvidence,
  ClientOf,
  MethodContext,
  VerificationStores,
} from './authentication-method.ts'
import { selfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts'
import { tlsClientAuth } from './tls-client-auth.ts'

/** What it takes to authenticate clients: their records, and what the methods need. */
export type AuthenticationStores = VerificationStores & { readonly clients: ClientCache }

/** Why a client was not authenticated. */
export type AuthenticationRefusal =
  | ClientRefusal
  | ClientCertificateRefusal
  | Extract<ServiceRefusal, { code: 'client_lookups_exhausted' }>

/** The module of each method. The registration of a client decides which of them is asked. */
const methods: { readonly [M in ClientAuthMethod]: AuthenticationMethod<M> } = {
  tls_client_auth: tlsClientAuth,
  self_signed_tls_client_auth: selfSignedTlsClientAuth,
}

/**
 * Authenticates the client of a request, for every endpoint.
 * @param address under which lookups of unknown clients are limited
 * @throws StoreUnavailable if D1 did not answer and the isolate knows nothing recent enough
 * @see RFC 8705 section 2
 */
export async function authenticateClient(
  credentials: PresentedCredentials,
  presented: PresentedCertificate,
  stores: AuthenticationStores,
  context: MethodContext,
  address: string,
): Promise<Result<AuthenticatedClient, AuthenticationRefusal>> {
  const { clientId, otherMethods: methods } = credentials
  if (methods.length > 1 || (methods.length === 1 && presented.kind !== 'none')) {
    return err({ code: 'authentication_methods', clientId, methods }) // RFC 6749 section 2.3
  }
  if (methods.length === 1) return err({ code: 'authentication_method', clientId, methods })
  // Checked before the lookup: a request without a certificate costs no read.
  if (presented.kind === 'none') return err({ code: 'certificate_missing', clientId })
  if (clientId === null) return err({ code: 'client_id_missing' }) // RFC 8705 section 2
  let client = stores.clients.get(clientId, context.now)
  if (client === null) {
    const found = await stores.clients.load(clientId, context, address)
    if (!found.ok) return err({ code: lookupRefusals[found.error.why], clientId })
    client = found.value
  }
  if (!client.enabled) return err({ code: 'client_disabled', clientId })
  return authenticateByMethod(client, presented, stores, context)
}

const lookupRefusals = {
  unknown: 'client_unknown',
  too_many_unknown: 'client_lookups_exhausted',
} as const

/**
 * Authenticates a client by the method of its registration.
 * @throws StoreUnavailable if a store that the verdict needs did not answer
 */
export function authenticateByMethod(
  client: Client,
  presented: CertificateEvidence,
  stores: VerificationStores,
  context: MethodContext,
): ReturnType<AuthenticationMethod<ClientAuthMethod>> {
  const { token_endpoint_auth_method: method } = client.authentication
  return authenticateBy(method, client, presented, stores, context)
}

const authenticateBy = <M extends ClientAuthMethod>(
  method: M,
  client: ClientOf<M>,
  presented: CertificateEvidence,
  stores: VerificationStores,
  context: MethodContext,
) => methods[method](client, presented, stores, context)
