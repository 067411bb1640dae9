import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import type { AcceptedKeyUsage, Client, TrustAnchorSet } from '../clients/client.ts'
import { type RegisteredSubject, sanTypes } from '../clients/registered-subject.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { CertificateRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import type { CrlLookup } from '../revocation/crl-lookup.ts'
import {
  type Certificate,
  distinguishedNameKeyFromDer,
  type PathOutcome,
  type PathRequest,
  parseCertificate,
  subjectAltNameKeys,
  thumbprint as thumbprintOf,
  verifyCertificatePath,
} from '../x509/index.ts'
import { type AuthenticatedClient, authenticatedAs } from './authenticated-client.ts'

/** What judging a path takes besides the certificates. */
export type PathContext = {
  readonly crls: CrlLookup
  readonly context: Pick<RequestContext, 'now' | 'defer'>
}

/**
 * The PKI method: the certificate has a valid path to the client's own anchors, and its subject is
 * the registered one, and no CRL has it, where the set asks CRLs. Nothing else is asked.
 * @throws StoreUnavailable where a CRL could not be looked into
 * @see RFC 8705 section 2.1
 */
export async function byTlsClientAuth(
  client: Client,
  subject: RegisteredSubject,
  trustAnchors: TrustAnchorSet,
  presented: Exclude<PresentedCertificate, { kind: 'none' }>,
  by: PathContext,
): Promise<Result<AuthenticatedClient, CertificateRefusal>> {
  const clientId = client.client_id
  if (presented.kind === 'digest') {
    // A fingerprint has no subject and no issuer.
    return err({ code: 'certificate_too_large', clientId, thumbprint: presented.thumbprint })
  }
  const decoded = presented.decode()
  if (!decoded.ok) return decoded
  const { leaf: der, chain } = decoded.value
  const thumbprint = await thumbprintOf(der)
  const leaf = parseCertificate(der)
  if (!leaf.ok) return err({ code: 'certificate_unreadable', problem: leaf.reason, thumbprint })
  const verdict = await pathOf({ leaf: der, intermediates: chain }, trustAnchors, by)
  if (!verdict.ok) {
    const { subject: presentedSubject } = leaf.certificate
    // Where the path broke off for want of an issuer, that may have been in the chain left out.
    if (presented.chainTooLarge && verdict.reason === 'unknown_issuer') {
      return err({ code: 'certificate_chain_too_large', clientId, subject: presentedSubject })
    }
    const { ok: _, ...path } = verdict
    const trustAnchorSet = trustAnchors.name
    const evidence = { clientId, path, subject: presentedSubject, thumbprint, trustAnchorSet }
    return err({ code: 'certificate_path', ...evidence })
  }
  return presentsSubject(leaf.certificate, subject)
    ? ok(authenticatedAs(client, { thumbprint, notAfter: verdict.path.notAfter }))
    : err(subjectMismatch(clientId, leaf.certificate, subject, thumbprint))
}

/** Looks for a path under a set's settings, and remembers where the lists for it are. */
async function pathOf(
  presented: Pick<PathRequest, 'leaf' | 'intermediates'>,
  set: TrustAnchorSet,
  { crls, context }: PathContext,
): Promise<PathOutcome> {
  const request: PathRequest = {
    ...presented,
    trustAnchors: set.certificates,
    knownIntermediates: set.intermediates,
    time: context.now,
    extendedKeyUsage: 'clientAuth',
    extendedKeyUsagePolicy: usagePolicyOf(set),
  }
  const { revocation } = set
  if (revocation === 'off') return verifyCertificatePath(request)
  const verdict = await crls.lookingIn(set, (crlIndexes) =>
    verifyCertificatePath({ ...request, revocation, crlIndexes }),
  )
  // Without a list there is no path, and without the path nobody would know where the list is.
  const unlisted = !verdict.ok && verdict.reason === 'revocation_unknown'
  const found = unlisted ? await verifyCertificatePath(request) : verdict
  if (found.ok) crls.observe(set, found.path.certificates, context)
  return verdict
}

function usagePolicyOf({ extendedKeyUsage: accepted }: TrustAnchorSet) {
  const said = (usage: AcceptedKeyUsage) => (accepted.includes(usage) ? 'accept' : 'refuse')
  return { absent: said('absent'), any: said('any'), serverAuth: said('serverAuth') } as const
}

/** RFC 8705 section 2.1.2: the one attribute decides, compared by its canonical form. */
function presentsSubject(certificate: Certificate, registered: RegisteredSubject): boolean {
  return registered.attribute === 'tls_client_auth_subject_dn'
    ? distinguishedNameKeyFromDer(certificate.subjectDer) === registered.key
    : subjectAltNameKeys(certificate, sanTypes[registered.attribute]).includes(registered.key)
}

function subjectMismatch(
  clientId: string,
  certificate: Certificate,
  { attribute, value: expected }: RegisteredSubject,
  thumbprint: string,
): CertificateRefusal {
  const presented = presentedNames(certificate, attribute).slice(0, 16)
  return { code: 'subject_mismatch', clientId, attribute, expected, presented, thumbprint }
}

function presentedNames(
  certificate: Certificate,
  attribute: RegisteredSubject['attribute'],
): readonly string[] {
  switch (attribute) {
    case 'tls_client_auth_subject_dn':
      return [certificate.subject]
    case 'tls_client_auth_san_dns':
      return certificate.dnsNames
    case 'tls_client_auth_san_uri':
      return certificate.uris
    case 'tls_client_auth_san_ip':
      return certificate.ipAddresses
    case 'tls_client_auth_san_email':
      return certificate.emails
  }
}
