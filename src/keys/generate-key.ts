import type { KeyEncryptionKey } from './key-encryption-key.ts'
import type { KeyDetails, KeyRow } from './key-row.ts'
import { keyId, publicJwkText, publicMembers } from './public-jwk.ts'
import { webCryptoAlgorithms } from './signing-alg.ts'
import { wrapPrivateKey } from './wrapping.ts'

/**
 * Makes a signing key. Its private half leaves WebCrypto only wrapped.
 * @param of what the key is for, and when (seconds since the epoch) it was made and is to sign
 * @returns the row to store
 */
export async function generateKey(
  of: Pick<KeyDetails, 'issuer' | 'alg' | 'createdAt' | 'activateAt'>,
  keyEncryptionKey: KeyEncryptionKey,
): Promise<KeyRow> {
  const pair = await crypto.subtle.generateKey(webCryptoAlgorithms[of.alg], true, [
    'sign',
    'verify',
  ])
  if (!('privateKey' in pair)) throw new TypeError(`${of.alg} gave no key pair`)
  const exported = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const jwk = publicMembers(of.alg, { ...exported })
  if (jwk === null) throw new TypeError(`${of.alg} gave no public key`)
  const details = { ...of, kid: await keyId(jwk), publicJwk: publicJwkText(jwk) }
  return await wrapPrivateKey(details, pair.privateKey, keyEncryptionKey)
}
