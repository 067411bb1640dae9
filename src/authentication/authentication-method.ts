import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import type { ClientAuthentication } from '../clients/registration.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ClientAuthMethod } from '../oauth/client-auth-methods.ts'
import type { ClientCertificateRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import type { CrlLookup } from '../revocation/crl-lookup.ts'
import {
  type AuthenticatedClient,
  type AuthenticationProof,
  authenticatedAs,
} from './authenticated-client.ts'
import type { VerificationCache } from './verification-cache.ts'

/** What the methods need besides the request. */
export type VerificationStores = {
  readonly verified: VerificationCache
  readonly crls: CrlLookup
}

/** A client that is registered for one method. */
export type ClientOf<M extends ClientAuthMethod> = Client & {
  readonly authentication: Extract<ClientAuthentication, { token_endpoint_auth_method: M }>
}

/** A certificate or its digest: the methods are not asked if nothing was presented. */
export type CertificateEvidence = Exclude<PresentedCertificate, { kind: 'none' }>

/** What the methods need of the request context. */
export type MethodContext = Pick<RequestContext, 'now' | 'defer'>

type Verification<M extends ClientAuthMethod, T> = (
  client: ClientOf<M>,
  presented: CertificateEvidence,
  stores: VerificationStores,
  context: MethodContext,
) => T

type Outcome = Result<AuthenticatedClient, ClientCertificateRefusal>

/**
 * One client authentication method.
 * @throws StoreUnavailable if a store that the verdict needs did not answer
 */
export type AuthenticationMethod<M extends ClientAuthMethod> = Verification<
  M,
  Outcome | Promise<Outcome>
>

/** Verifies the presented certificate against a client's registration. */
export type CertificateVerifier<M extends ClientAuthMethod> = Verification<
  M,
  Promise<Result<CertificateProof, ClientCertificateRefusal>>
>

type CertificateProof = AuthenticationProof & {
  readonly certificate: NonNullable<AuthenticationProof['certificate']>
}

/**
 * Makes a method that decides by the certificate only. The same certificate proves the same client
 * again until the proof expires, so that a proof is kept in the verification cache.
 */
export const certificateMethod =
  <M extends ClientAuthMethod>(verify: CertificateVerifier<M>): AuthenticationMethod<M> =>
  (client, presented, stores, context) => {
    const known =
      presented.kind === 'whole' ? stores.verified.get(client, presented.raw, context.now) : null
    return known === null
      ? verifyAndCache(verify, client, presented, stores, context)
      : ok(authenticatedAs(client, known))
  }

async function verifyAndCache<M extends ClientAuthMethod>(
  verify: CertificateVerifier<M>,
  client: ClientOf<M>,
  presented: CertificateEvidence,
  stores: VerificationStores,
  context: MethodContext,
): Promise<Outcome> {
  const verdict = await verify(client, presented, stores, context)
  if (!verdict.ok) return verdict
  const { now } = context
  const { validUntil: notAfter, certificate } = verdict.value
  // In the last second of the proof a token would expire when it is issued.
  if (notAfter <= now) {
    const { thumbprint } = certificate
    const clientId = client.client_id
    return err({ code: 'certificate_expiring', clientId, thumbprint, notAfter, now })
  }
  if (presented.kind === 'whole') stores.verified.set(client, presented.raw, verdict.value)
  return ok(authenticatedAs(client, verdict.value))
}
