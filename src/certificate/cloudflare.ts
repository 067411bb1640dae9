import { toBase64url } from '../encoding/base64.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok } from '../encoding/result.ts'
import { readByteSequence, readByteSequenceList } from './byte-sequence.ts'
import { readOpensslTime } from './openssl-time.ts'
import type { CertificateSource } from './presented-certificate.ts'

/** More certificates than any real chain; the edge sends 16 KiB of them at most. */
const maxChain = 16

/**
 * The evidence of Cloudflare's own edge, `request.cf.tlsClientAuth`: no client can write it. Only the
 * certificate itself is relied on; the edge's verdict (`certVerified`) authenticates nobody, its
 * revocation (`certRevoked`) refuses.
 */
export const cloudflareCertificate: CertificateSource = (request) => {
  const evidence: unknown = request.cf?.tlsClientAuth
  if (typeof evidence !== 'object' || evidence === null) return ok({ kind: 'none' })
  const fields = evidence as Readonly<Record<string, unknown>>
  const presented = fields.certPresented
  if (presented === '0') return ok({ kind: 'none' })
  const thumbprint = thumbprintField(fields)
  if (presented !== '1') return unreadable('certPresented is neither 0 nor 1', thumbprint)
  if (fields.certRevoked !== '0') {
    return fields.certRevoked === '1'
      ? err({ code: 'certificate_revoked_at_edge', thumbprint })
      : unreadable('certRevoked is neither 0 nor 1', thumbprint)
  }
  return fields.certRFC9440TooLarge === true ? digest(fields) : whole(fields, thumbprint)
}

type Fields = Readonly<Record<string, unknown>>

function whole(fields: Fields, thumbprint: string | null): ReturnType<CertificateSource> {
  const leaf = typeof fields.certRFC9440 === 'string' ? readByteSequence(fields.certRFC9440) : null
  if (leaf === null) return unreadable('certRFC9440 is not a Byte Sequence', thumbprint)
  const chainTooLarge = fields.certChainRFC9440TooLarge === true
  const text = chainTooLarge ? '' : (fields.certChainRFC9440 ?? '')
  const chain = typeof text === 'string' ? readByteSequenceList(text, maxChain) : null
  return chain === null
    ? unreadable(`certChainRFC9440 is not a List of at most ${maxChain} Byte Sequences`, thumbprint)
    : ok({ kind: 'whole', leaf, chain, chainTooLarge })
}

function digest(fields: Fields): ReturnType<CertificateSource> {
  const thumbprint = thumbprintField(fields)
  const notBefore = timeField(fields.certNotBefore)
  const notAfter = timeField(fields.certNotAfter)
  return thumbprint === null || notBefore === null || notAfter === null
    ? unreadable('too large, and its fingerprint or dates are missing', thumbprint)
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

const unreadable = (problem: string, thumbprint: string | null) =>
  err({ code: 'certificate_unreadable', problem, thumbprint } as const)
