import { toBase64url } from '../encoding/base64.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { readByteSequence, readByteSequenceList } from './byte-sequence.ts'
import { readOpensslTime } from './openssl-time.ts'
import type {
  CertificateChain,
  CertificateSource,
  Conveyed,
  Unreadable,
} from './presented-certificate.ts'

/** More certificates than any real chain; the edge sends 16 KiB of them at most. */
const maxChain = 16

const noLeaf = 'certRFC9440 is not a Byte Sequence'
const noChain = `certChainRFC9440 is not a List of at most ${maxChain} Byte Sequences`

/** The member of `request.cf` that is read here. */
type EdgeEvidence = { readonly tlsClientAuth?: unknown }

/**
 * The evidence of Cloudflare's own edge, `request.cf.tlsClientAuth`: no client can write it. Only the
 * certificate itself is relied on; the edge's verdict (`certVerified`) authenticates nobody, its
 * revocation (`certRevoked`) refuses.
 */
export const cloudflareCertificate: CertificateSource = (request) =>
  // Typed here: elsewhere than on Workers a Request has no such member.
  edgeCertificate((request as { readonly cf?: EdgeEvidence }).cf)

/** The same, of a `request.cf` that was read before. */
export function edgeCertificate(cf: EdgeEvidence | undefined): ReturnType<CertificateSource> {
  const evidence = cf?.tlsClientAuth
  if (typeof evidence !== 'object' || evidence === null) return ok({ kind: 'none' })
  const fields = evidence as Fields
  if (fields.certPresented === '0') return ok({ kind: 'none' })
  if (fields.certPresented !== '1') return unreadable('certPresented is neither 0 nor 1', fields)
  if (fields.certRevoked === '1') {
    return err({ code: 'certificate_revoked_at_edge', thumbprint: thumbprintField(fields) })
  }
  if (fields.certRevoked !== '0') return unreadable('certRevoked is neither 0 nor 1', fields)
  return fields.certRFC9440TooLarge === true ? digest(fields) : whole(fields)
}

type Fields = Readonly<Record<string, unknown>>

function whole(fields: Fields): ReturnType<CertificateSource> {
  const { certRFC9440: leaf } = fields
  const chainTooLarge = fields.certChainRFC9440TooLarge === true
  const chain = chainTooLarge ? '' : (fields.certChainRFC9440 ?? '')
  if (typeof leaf !== 'string') return unreadable(noLeaf, fields)
  if (typeof chain !== 'string') return unreadable(noChain, fields)
  const conveyed = { leaf, chain }
  return ok({
    kind: 'whole',
    conveyed,
    chainTooLarge,
    decode: () => decode(conveyed, fields),
  })
}

/** RFC 9440 sections 2.2 and 2.3. */
function decode(conveyed: Conveyed, fields: Fields): Result<CertificateChain, Unreadable> {
  const leaf = readByteSequence(conveyed.leaf)
  if (leaf === null) return unreadable(noLeaf, fields)
  const chain = readByteSequenceList(conveyed.chain, maxChain)
  return chain === null ? unreadable(noChain, fields) : ok({ leaf, chain })
}

function digest(fields: Fields): ReturnType<CertificateSource> {
  const thumbprint = thumbprintField(fields)
  const notBefore = timeField(fields.certNotBefore)
  const notAfter = timeField(fields.certNotAfter)
  return thumbprint === null || notBefore === null || notAfter === null
    ? unreadable('too large, and its fingerprint or dates are missing', fields)
    : ok({ kind: 'digest', thumbprint, notBefore, notAfter })
}

/** certFingerprintSHA256 is 64 hexadecimal digits. */
function thumbprintField(fields: Fields): string | null {
  const hex = fields.certFingerprintSHA256
  const digest = typeof hex === 'string' && hex.length === 64 ? fromHex(hex) : null
  return digest === null ? null : toBase64url(digest)
}

const timeField = (value: unknown): number | null =>
  typeof value === 'string' ? readOpensslTime(value) : null

const unreadable = (problem: string, fields: Fields) =>
  err({
    code: 'certificate_unreadable',
    problem,
    thumbprint: thumbprintField(fields),
  } as const)
