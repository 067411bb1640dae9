import type { CryptoKey } from 'jose'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'

/** The secrets: the key-encryption key in use, and the previous one while rows are rewrapped. */
export type KeyEncryptionKeyOctets = {
  readonly current: Bytes
  readonly previous: Bytes | null
}

/** A key-encryption key that can only wrap and unwrap. Rows name it by its id. */
export type KeyEncryptionKey = { readonly id: string; readonly key: CryptoKey }

/** The key-encryption keys of this Worker; the first is the current one. */
export type KeyEncryptionKeys = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]]

const label = utf8('certbound key-encryption key')

/**
 * The id of a key-encryption key. It is derived from the key, so that two keys cannot get the same id by
 * mistake.
 * @returns the first 11 characters (66 bits) of base64url(SHA-256(label || key))
 */
export async function keyEncryptionKeyId(octets: Bytes): Promise<string> {
  return (await sha256Base64url(new Uint8Array([...label, ...octets]))).slice(0, 11)
}

/** Imports the key-encryption keys. @throws RangeError unless they have 32 octets, as parseConfig checks */
export async function importKeyEncryptionKeys({
  current,
  previous,
}: KeyEncryptionKeyOctets): Promise<KeyEncryptionKeys> {
  const first = await importOne(current)
  return previous === null ? [first] : [first, await importOne(previous)]
}

async function importOne(octets: Bytes): Promise<KeyEncryptionKey> {
  if (octets.length !== 32) throw new RangeError('a key-encryption key has 32 octets')
  return {
    id: await keyEncryptionKeyId(octets),
    key: await crypto.subtle.importKey('raw', octets, 'AES-GCM', false, ['wrapKey', 'unwrapKey']),
  }
}
