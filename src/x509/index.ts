/**
 * X.509 without a platform: certificates, names and paths, from DER to a verdict. No I/O, no clock;
 * WebCrypto only.
 */
export type { Certificate } from './certificate.ts'
export type {
  CertificateList,
  CrlOutcome,
  CrlRefusal,
  IssuingDistributionPoint,
} from './crl/certificate-list.ts'
export {
  buildCrlIndex,
  type CrlIndex,
  type CrlIndexRefusal,
} from './crl/crl-index.ts'
export {
  type CrlIndexHeader,
  crlIndexKey,
  readCrlIndexHeader,
  shardOf,
  supersedes,
} from './crl/crl-index-header.ts'
export type { EntryCursor } from './crl/entries.ts'
export { type CrlIndexSource, keyId } from './crl/indexed-list.ts'
export {
  entriesOf,
  maxCertificateListSize,
  parseCertificateList,
} from './crl/parse-certificate-list.ts'
export type { Revocation } from './crl/revocation-list.ts'
export { lookUp, maxShardSize, type ShardPlace } from './crl/shard.ts'
export type { UnknownStatus } from './crl/unknown-status.ts'
export { type VerifiedList, verifyCertificateList } from './crl/verify-certificate-list.ts'
export { type DistributionPoint, distributionPointUris } from './extensions/distribution-points.ts'
export { formatIpAddress, parseIpAddress } from './ip-address.ts'
export {
  type KeyRefusal,
  keyRefusal,
  type PublicJwk,
  type PublicKey,
  publicKeyToJwk,
} from './keys/public-key.ts'
export type { SignatureAlgorithm } from './keys/signature-algorithm.ts'
export { verifySignature } from './keys/verify-signature.ts'
export type { NameRefusal } from './name-constraints/check-names.ts'
export {
  distinguishedNameKey,
  distinguishedNameKeyFromDer,
  matchDistinguishedName,
  namesEqual,
} from './names/distinguished-name.ts'
export { formatDistinguishedName, type NameStyle } from './names/format-name.ts'
export type { NameTextRefusal } from './names/parse-name-text.ts'
export { type NameAttribute, type Rdn, readName } from './names/read-name.ts'
export {
  maxCertificateSize,
  maxElements,
  type ParseLimits,
  type ParseOutcome,
  type ParseRefusal,
  parseCertificate,
  thumbprint,
} from './parse-certificate.ts'
export {
  type TrustAnchor,
  trustAnchor,
  type UnparsedCertificate,
  unparsedCertificate,
} from './path/candidate.ts'
export type { FailingCertificate, PathRefusal, PathRefusalReason } from './path/refusal.ts'
export type { ExtendedKeyUsagePolicy } from './path/rules.ts'
export {
  type ParsedPathRequest,
  type PathOutcome,
  type PathRequest,
  type VerifiedPath,
  verifyCertificatePath,
  verifyParsedPath,
} from './path/verify-path.ts'
export type { PolicyInputs } from './policies/check-policies.ts'
export {
  type SubjectAltNameRefusal,
  type SubjectAltNameType,
  subjectAltNameKey,
  subjectAltNameKeys,
} from './subject-alt-name.ts'
