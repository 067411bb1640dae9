import type { Certificate } from '../certificate.ts'
import type { CertificateRefusal } from './refusal.ts'

/** What the path shall be good for. */
export type Purpose = 'clientAuth' | 'any'

/**
 * What to make of certificates that do not name clientAuth in so many words.
 * @see RFC 5280 section 4.2.1.12
 */
export type ExtendedKeyUsagePolicy = {
  /** A leaf without the extension, which then restricts nothing. Default: accept. */
  readonly absent?: 'accept' | 'refuse'
  /** A leaf that has anyExtendedKeyUsage and not clientAuth. Default: accept. */
  readonly any?: 'accept' | 'refuse'
  /**
   * A leaf, or a CA certificate, that has serverAuth and not clientAuth: what public CAs still
   * issue. Default: refuse.
   */
  readonly serverAuth?: 'accept' | 'refuse'
}

/** The purpose with its policy. */
export type UsagePolicy = {
  readonly purpose: Purpose
  readonly extendedKeyUsagePolicy: ExtendedKeyUsagePolicy
}

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyExtendedKeyUsage = '2.5.29.37.0'

/** The leaf: clientAuth, or what the policy takes for it. */
export function checkLeafExtendedKeyUsage(
  { extendedKeyUsage }: Certificate,
  { purpose, extendedKeyUsagePolicy: policy }: UsagePolicy,
): CertificateRefusal | null {
  if (purpose === 'any') return null
  const { absent = 'accept', any = 'accept' } = policy
  if (extendedKeyUsage === null) {
    return absent === 'accept' ? null : { reason: 'extended_key_usage', extendedKeyUsage: [] }
  }
  return (any === 'accept' && extendedKeyUsage.includes(anyExtendedKeyUsage)) ||
    includesClients(extendedKeyUsage, policy)
    ? null
    : { reason: 'extended_key_usage', extendedKeyUsage }
}

/**
 * CA certificates pass on at most what they have themselves: RFC 5280 does not say so, but that is
 * what CAs mean by it, and what other validators do. No extension and anyExtendedKeyUsage restrict
 * nothing, whatever the policy for leaves.
 */
export function checkCaExtendedKeyUsage(
  { extendedKeyUsage }: Certificate,
  { purpose, extendedKeyUsagePolicy: policy }: UsagePolicy,
): CertificateRefusal | null {
  if (purpose === 'any' || extendedKeyUsage === null) return null
  return extendedKeyUsage.includes(anyExtendedKeyUsage) || includesClients(extendedKeyUsage, policy)
    ? null
    : { reason: 'extended_key_usage', extendedKeyUsage }
}

const includesClients = (usages: readonly string[], policy: ExtendedKeyUsagePolicy): boolean =>
  usages.includes(clientAuth) || (policy.serverAuth === 'accept' && usages.includes(serverAuth))
