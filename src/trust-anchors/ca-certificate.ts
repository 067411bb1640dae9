import { toHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { kindOf } from '../x509/certificate-kind.ts'
import { type Certificate, type KeyRefusal, keyRefusal } from '../x509/index.ts'

/** The certificate of a CA that can be a member of a set. */
export type CaCertificate = {
  readonly certificate: Certificate
  /** Lower-case hex. */
  readonly sha256: string
  readonly selfSigned: boolean
}

/** Why a certificate cannot be a member of a set. */
export type CaRefusal =
  | { readonly why: 'not_a_ca' }
  | { readonly why: 'key'; readonly key: KeyRefusal }

/** Checks that a certificate is one of a CA, with a key that can be used. */
export async function readCa(certificate: Certificate): Promise<Result<CaCertificate, CaRefusal>> {
  const kind = await kindOf(certificate)
  if (kind !== 'ca' && kind !== 'self-signed-ca') return err({ why: 'not_a_ca' })
  const key = keyRefusal(certificate.publicKey)
  if (key !== null) return err({ why: 'key', key })
  const digest = await crypto.subtle.digest('SHA-256', certificate.der)
  const sha256 = toHex(new Uint8Array(digest))
  return ok({ certificate, sha256, selfSigned: kind === 'self-signed-ca' })
}
