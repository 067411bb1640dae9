import { toBase64url } from '../encoding/base64.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { readByteSequence, readByteSequenceList } from './certificate-encodings.ts'
import { readOpensslTime } from './openssl-time.ts'
import type {
  CertificateChain,
  CertificateSource,
  RawCertificates,
  UnreadableCertificate,
} from './presented-certificate.ts'

/** More certificates than any real chain has; the edge sends at most 16 KiB of them. */
const maxChain = 16

const leafProblem = 'certRFC9440 is not a Byte Sequence'
const chainProblem = `certChainRFC9440 is not a List of at most ${maxChain} Byte Sequences`

/** The member of `request.cf` that is read here. */
export type EdgeEvidence = { readonly tlsClientAuth?: unknown }

/**
 * The certificate that Cloudflare's own edge reports in `request.cf.tlsClientAuth`, which no client can
 * write. Only the certificate itself is used: the edge's verdict (`certVerified`) authenticates no
 * client, and its revocation (`certRevoked`) refuses one.
 */
export const cloudflareCertificate: CertificateSource = (request) =>
  edgeCertificate(edgeOf(request))

/** The `request.cf` of a request. Typed here: outside of Workers a Request has no such member. */
export const edgeOf = (request: Request): EdgeEvidence | undefined =>
  (request as { readonly cf?: EdgeEvidence }).cf

/** The same for a `request.cf` that the caller has read already. */
export function edgeCertificate(cf: EdgeEvidence | undefined): ReturnType<CertificateSource> {
  const fields = edgeFields(cf)
  if (fields === null || fields.certPresented === '0') return ok({ kind: 'none' })
  if (fields.certPresented !== '1') return unreadable('certPresented is neither 0 nor 1', fields)
  if (fields.certRevoked === '1') {
    return err({ code: 'certificate_revoked_at_edge', thumbprint: edgeThumbprint(fields) })
  }
  if (fields.certRevoked !== '0') return unreadable('certRevoked is neither 0 nor 1', fields)
  return fields.certRFC9440TooLarge === true ? digest(fields) : whole(fields)
}

/** The fields of `tlsClientAuth`, each of any type. */
export type EdgeFields = Readonly<Record<string, unknown>>

/** Reads `tlsClientAuth`. Returns null if the edge reports nothing about client certificates. */
export function edgeFields(cf: EdgeEvidence | undefined): EdgeFields | null {
  const fields = cf?.tlsClientAuth
  return typeof fields === 'object' && fields !== null ? (fields as EdgeFields) : null
}

/** x5t#S256 from certFingerprintSHA256, which is 64 hexadecimal digits; else null. */
export function edgeThumbprint({ certFingerprintSHA256: hex }: EdgeFields): string | null {
  const digest = typeof hex === 'string' && hex.length === 64 ? fromHex(hex) : null
  return digest === null ? null : toBase64url(digest)
}

/** The certificate's validity in seconds since the epoch, or null if one of the dates is not readable. */
export function edgeValidity({
  certNotBefore,
  certNotAfter,
}: EdgeFields): { readonly notBefore: number; readonly notAfter: number } | null {
  const notBefore = typeof certNotBefore === 'string' ? readOpensslTime(certNotBefore) : null
  const notAfter = typeof certNotAfter === 'string' ? readOpensslTime(certNotAfter) : null
  return notBefore === null || notAfter === null ? null : { notBefore, notAfter }
}

function whole(fields: EdgeFields): ReturnType<CertificateSource> {
  const { certRFC9440: leaf } = fields
  const chainTooLarge = fields.certChainRFC9440TooLarge === true
  const chain = chainTooLarge ? '' : (fields.certChainRFC9440 ?? '')
  if (typeof leaf !== 'string') return unreadable(leafProblem, fields)
  if (typeof chain !== 'string') return unreadable(chainProblem, fields)
  const raw = { leaf, chain }
  return ok({ kind: 'whole', raw, chainTooLarge, decode: () => decode(raw, fields) })
}

/** RFC 9440 sections 2.2 and 2.3. */
function decode(
  raw: RawCertificates,
  fields: EdgeFields,
): Result<CertificateChain, UnreadableCertificate> {
  const leaf = readByteSequence(raw.leaf)
  if (leaf === null) return unreadable(leafProblem, fields)
  const chain = readByteSequenceList(raw.chain, maxChain)
  return chain === null ? unreadable(chainProblem, fields) : ok({ leaf, chain })
}

function digest(fields: EdgeFields): ReturnType<CertificateSource> {
  const thumbprint = edgeThumbprint(fields)
  const validity = edgeValidity(fields)
  return thumbprint === null || validity === null
    ? unreadable('too large, and its fingerprint or dates are missing', fields)
    : ok({ kind: 'digest', thumbprint, ...validity })
}

const unreadable = (problem: string, fields: EdgeFields) =>
  err({ code: 'certificate_unreadable', problem, thumbprint: edgeThumbprint(fields) } as const)
