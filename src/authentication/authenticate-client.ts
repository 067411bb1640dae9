import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import type { ClientDirectory } from '../clients/client-cache.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ClientCredentials } from '../oauth/client-credentials.ts'
import type { CertificateRefusal, ClientRefusal, ServiceRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import type { CrlLookup } from '../revocation/crl-lookup.ts'
import { type AuthenticatedClient, authenticatedAs } from './authenticated-client.ts'
import { bySelfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts'
import { byTlsClientAuth } from './tls-client-auth.ts'
import type { VerificationCache } from './verification-cache.ts'

/** Who our clients are, which certificates proved them lately, and which are revoked. */
export type KnownClients = {
  readonly clients: ClientDirectory
  readonly judged: VerificationCache
  readonly crls: CrlLookup
}

/** Why a caller is not one of our clients. */
export type AuthenticationRefusal =
  | ClientRefusal
  | CertificateRefusal
  | Extract<ServiceRefusal, { code: 'client_lookups_exhausted' }>

/**
 * Authenticates the client of a request: the one function for every endpoint. The registration
 * decides the method, never the look of the certificate.
 * @param caller the address from which somebody calls
 * @throws StoreUnavailable where it cannot be known who is a client
 * @see RFC 8705 section 2
 */
export async function authenticateClient(
  credentials: ClientCredentials,
  presented: PresentedCertificate,
  known: KnownClients,
  context: Pick<RequestContext, 'now' | 'defer'>,
  caller: string,
): Promise<Result<AuthenticatedClient, AuthenticationRefusal>> {
  const { clientId, otherMethods: methods } = credentials
  if (methods.length > 1 || (methods.length === 1 && presented.kind !== 'none')) {
    return err({ code: 'authentication_methods', clientId, methods }) // RFC 6749 section 2.3
  }
  if (methods.length === 1) return err({ code: 'authentication_method', clientId, methods })
  // Before the lookup: who presents nothing costs no read.
  if (presented.kind === 'none') return err({ code: 'certificate_missing', clientId })
  if (clientId === null) return err({ code: 'client_id_missing' }) // RFC 8705 section 2
  let client = known.clients.remembered(clientId, context.now)
  if (client === null) {
    const found = await known.clients.find(clientId, context, caller)
    if (!found.ok) return err({ code: lookupRefusals[found.error.why], clientId })
    client = found.value
  }
  if (!client.enabled) return err({ code: 'client_disabled', clientId })
  const recalled = recallCertificate(client, presented, known, context.now)
  return recalled === null ? judgeCertificate(client, presented, known, context) : ok(recalled)
}

const lookupRefusals = {
  unknown: 'client_unknown',
  too_many_unknown: 'client_lookups_exhausted',
} as const

/** The verdict on the same certificate of the same client, where it stands; null: it is to be judged. */
export function recallCertificate(
  client: Client,
  presented: PresentedCertificate,
  { judged }: Pick<KnownClients, 'judged'>,
  now: number,
): AuthenticatedClient | null {
  if (presented.kind !== 'whole') return null
  const certificate = judged.recall(client, presented.raw, now)
  return certificate === null ? null : authenticatedAs(client, certificate)
}

/**
 * Judges the certificate, and remembers what it proved.
 * @throws StoreUnavailable where a CRL could not be looked into
 */
export async function judgeCertificate(
  client: Client,
  presented: Exclude<PresentedCertificate, { kind: 'none' }>,
  { judged, crls }: Pick<KnownClients, 'judged' | 'crls'>,
  context: Pick<RequestContext, 'now' | 'defer'>,
): Promise<Result<AuthenticatedClient, CertificateRefusal>> {
  const { now } = context
  const proven = await byRegisteredMethod(client, presented, crls, context)
  if (!proven.ok) return proven
  const { certificate } = proven.value
  if (presented.kind === 'whole') judged.remember(client, presented.raw, certificate)
  return lasting(proven.value, now)
}

/** In the last second of a certificate nothing could be bound to it that lives. */
function lasting(
  client: AuthenticatedClient,
  now: number,
): Result<AuthenticatedClient, CertificateRefusal> {
  const { thumbprint, notAfter } = client.certificate
  const clientId = client.client.client_id
  return notAfter > now
    ? ok(client)
    : err({ code: 'certificate_expiring', clientId, thumbprint, notAfter, now })
}

async function byRegisteredMethod(
  client: Client,
  presented: Exclude<PresentedCertificate, { kind: 'none' }>,
  crls: CrlLookup,
  context: Pick<RequestContext, 'now' | 'defer'>,
): Promise<Result<AuthenticatedClient, CertificateRefusal>> {
  const { authentication } = client
  if (authentication.token_endpoint_auth_method === 'self_signed_tls_client_auth') {
    return bySelfSignedTlsClientAuth(client, authentication.keys, presented, context.now)
  }
  // A PKI client without a set has nobody who could vouch for it: an empty set refuses.
  const trustAnchors = client.trustAnchors ?? {
    name: authentication.trust_anchor_set,
    ...{ certificates: [], intermediates: [] },
    ...({ version: 0, revocation: 'off', extendedKeyUsage: [], crlGeneration: 0 } as const),
  }
  const { subject } = authentication
  return byTlsClientAuth(client, subject, trustAnchors, presented, { crls, context })
}
