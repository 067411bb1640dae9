/**
 * `certbound/resource-server`: bound access tokens for APIs (RFC 8705 section 3, RFC 9068, RFC 6750).
 * Runs on every platform with `fetch` and WebCrypto: Workers, Node, Deno, Bun.
 */
export type {
  CertificateSource,
  PresentedCertificate,
} from '../certificate/presented-certificate.ts'
export type { Result } from '../encoding/result.ts'
export type { VerifiedToken } from '../tokens/verified-token.ts'
export type { HopOptions, SourceName } from './client-certificate.ts'
export { type IntrospectionOptions, introspectionCheck } from './introspection.ts'
export type { RevocationCheck, VerifierOptions } from './options.ts'
export type { BoundTokenRefusal } from './refusal.ts'
export { refusalResponse } from './refusal-response.ts'
export { type BoundTokenEnv, requireBoundToken } from './require-bound-token.ts'
export { createVerifier, requireScope, type Verifier, verifyBoundToken } from './verifier.ts'
