import { type RegisteredSubject, sanTypes } from '../clients/registered-subject.ts'
import { err, ok } from '../encoding/result.ts'
import type { ClientCertificateRefusal } from '../oauth/refusal.ts'
import { type TrustAnchorSet, usagePolicyOf } from '../trust-anchors/trust-anchor-set.ts'
import {
  type Certificate,
  distinguishedNameKeyFromDer,
  type ParsedPathRequest,
  type PathOutcome,
  parseCertificate,
  subjectAltNameKeys,
  thumbprint as thumbprintOf,
  unparsedCertificate,
  verifyParsedPath,
} from '../x509/index.ts'
import {
  type CertificateVerifier,
  certificateMethod,
  type MethodContext,
  type VerificationStores,
} from './authentication-method.ts'

const verify: CertificateVerifier<'tls_client_auth'> = async (
  client,
  presented,
  { crls },
  context,
) => {
  const { subject } = client.authentication
  const trustAnchors = client.trustAnchors ?? emptySet(client.authentication.trust_anchor_set)
  const clientId = client.client_id
  if (presented.kind === 'digest') {
    // A digest has no subject and no issuer.
    return err({ code: 'certificate_too_large', clientId, thumbprint: presented.thumbprint })
  }
  const decoded = presented.decode()
  if (!decoded.ok) return decoded
  const { leaf: der, chain } = decoded.value
  const thumbprint = await thumbprintOf(der)
  const leaf = parseCertificate(der)
  if (!leaf.ok) return err({ code: 'certificate_unreadable', problem: leaf.reason, thumbprint })
  const intermediates = chain.map(unparsedCertificate)
  const certificates = { leaf: leaf.certificate, intermediates }
  const verdict = await pathOf(certificates, trustAnchors, crls, context)
  if (!verdict.ok) {
    const { subject: presentedSubject } = leaf.certificate
    // The missing issuer may have been in the chain that the edge left out.
    if (presented.chainTooLarge && verdict.reason === 'unknown_issuer') {
      return err({ code: 'certificate_chain_too_large', clientId, subject: presentedSubject })
    }
    const { ok: _, ...path } = verdict
    const trustAnchorSet = trustAnchors.name
    const evidence = { clientId, path, subject: presentedSubject, thumbprint, trustAnchorSet }
    return err({ code: 'certificate_path', ...evidence })
  }
  if (!presentsSubject(leaf.certificate, subject)) {
    return err(subjectMismatch(clientId, leaf.certificate, subject, thumbprint))
  }
  const { notAfter: validUntil } = verdict.path
  return ok({ method: 'tls_client_auth', validUntil, certificate: { thumbprint } })
}

/**
 * The PKI method: the certificate has a valid path to the client's own trust anchors, its subject is the
 * registered one, and no CRL revokes it, if the set asks for CRLs.
 * @see RFC 8705 section 2.1
 */
export const tlsClientAuth = certificateMethod(verify)

/** A client whose set is not stored has no trust anchors: every path is refused. */
const emptySet = (name: string): TrustAnchorSet => ({
  name,
  version: 0,
  certificates: [],
  intermediates: [],
  revocation: 'off',
  extendedKeyUsage: [],
  crlGeneration: 0,
})

/** Verifies the path under a set's settings, and records which CRLs it needs. */
async function pathOf(
  presented: Pick<ParsedPathRequest, 'leaf' | 'intermediates'>,
  set: TrustAnchorSet,
  crls: VerificationStores['crls'],
  context: MethodContext,
): Promise<PathOutcome> {
  const request: ParsedPathRequest = {
    ...presented,
    trustAnchors: set.certificates,
    knownIntermediates: set.intermediates,
    time: context.now,
    extendedKeyUsage: 'clientAuth',
    extendedKeyUsagePolicy: usagePolicyOf(set.extendedKeyUsage),
  }
  const { revocation } = set
  if (revocation === 'off') return verifyParsedPath(request)
  const verdict = await crls.withCrls(set, (crlIndexes) =>
    verifyParsedPath({ ...request, revocation, crlIndexes }),
  )
  // The CRL's URL is in the certificates of the path. If a CRL is missing, the path is built without
  // CRLs to learn the URL; the verdict stays a refusal.
  const listMissing = !verdict.ok && verdict.reason === 'revocation_unknown'
  const found = listMissing ? await verifyParsedPath(request) : verdict
  if (found.ok) crls.recordSources(set, found.path.certificates, context)
  return verdict
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
): ClientCertificateRefusal {
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
