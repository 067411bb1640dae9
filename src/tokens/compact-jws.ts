import type { CryptoKey } from 'jose'
import { toBase64url } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'

/** A key that signs. */
export type Signer = {
  readonly kid: string
  readonly alg: SigningAlg
  /** Not extractable. */
  readonly key: CryptoKey
}

/** The WebCrypto algorithm of each signature (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). */
const signatures = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<SigningAlg, object>

/**
 * Makes a function that signs claims as a JWS in compact form (RFC 7515 section 7.1). The header of a key
 * is always the same and is encoded once; jose would encode it for every signature.
 * @param typ of the header
 */
export function compactSigner(typ: string) {
  const headers = new WeakMap<CryptoKey, string>()
  const headerOf = ({ kid, alg, key }: Signer): string => {
    const known = headers.get(key)
    if (known !== undefined) return known
    const header = encoded({ typ, alg, kid })
    headers.set(key, header)
    return header
  }
  return (claims: object, signer: Signer): Promise<string> => {
    const input = `${headerOf(signer)}.${encoded(claims)}`
    return crypto.subtle
      .sign(signatures[signer.alg], signer.key, utf8(input))
      .then((signature) => `${input}.${toBase64url(new Uint8Array(signature))}`)
  }
}

const encoded = (value: object): string => toBase64url(utf8(JSON.stringify(value)))
