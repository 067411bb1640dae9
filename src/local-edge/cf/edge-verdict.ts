import { X509Certificate } from 'node:crypto'
import type { Bytes } from '../../encoding/bytes.ts'
import { equalBytes } from '../../encoding/bytes.ts'
import { verifyCertificatePath } from '../../x509/index.ts'
import { certificateFields } from './certificate-fields.ts'
import type { Handshake } from './tls-client-auth.ts'

/** `certVerified` for a presented certificate, as Cloudflare documents its values. */
export type EdgeVerdict =
  | 'SUCCESS'
  | 'FAILED'
  | 'FAILED:self signed certificate'
  | 'FAILED:unable to verify the first certificate'
  | 'FAILED:unable to get local issuer certificate'
  | 'FAILED:certificate is not yet valid'
  | 'FAILED:certificate has expired'

/**
 * The edge's own verdict on a handshake. It is about the CAs that the edge was told of, and has
 * nothing to do with the trust anchors of the Worker's clients. Dates come first: BoringSSL checks
 * them last, and the last finding is the one that is told.
 * @param authorities CA certificates in DER; with none, no certificate can succeed
 * @param time seconds since the epoch
 */
export async function edgeVerdict(
  handshake: Handshake,
  authorities: readonly Bytes[],
  time: number,
): Promise<EdgeVerdict> {
  const leaf = new X509Certificate(handshake.leaf)
  if (time < seconds(leaf.validFrom)) return 'FAILED:certificate is not yet valid'
  if (time > seconds(leaf.validTo)) return 'FAILED:certificate has expired'
  if (authorities.some((authority) => equalBytes(authority, handshake.leaf))) return 'SUCCESS'
  if (isSelfSigned(handshake.leaf)) return 'FAILED:self signed certificate'
  const outcome = await verifyCertificatePath({
    leaf: handshake.leaf,
    intermediates: handshake.chain,
    trustAnchors: authorities,
    time,
  })
  if (outcome.ok) return 'SUCCESS'
  if (outcome.reason !== 'unknown_issuer' && outcome.reason !== 'no_trust_anchor') return 'FAILED'
  return handshake.chain.some((each) => leaf.checkIssued(new X509Certificate(each)))
    ? 'FAILED:unable to get local issuer certificate'
    : 'FAILED:unable to verify the first certificate'
}

/** As BoringSSL sees it: by names and key identifiers. Whether it may sign is not asked. */
function isSelfSigned(der: Bytes): boolean {
  const fields = certificateFields(der)
  const { subjectKeyIdentifier: own, authorityKeyIdentifier: issuers } = fields
  const sameName = fields.subject.rfc2253 === fields.issuer.rfc2253
  return sameName && (own === '' || issuers === '' || own === issuers)
}

const seconds = (date: string): number => Date.parse(date) / 1000
