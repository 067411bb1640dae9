import type { CryptoKey } from 'jose'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'

/** The octets of the key-encryption keys: the one in use, and the one before it while rows move. */
export type KeyEncryptionKeyOctets = {
  readonly current: Bytes
  readonly previous: Bytes | null
}

/** A key-encryption key that can only wrap and unwrap, and the name that rows know it by. */
export type KeyEncryptionKey = { readonly id: string; readonly key: CryptoKey }

/** The key-encryption keys that this Worker holds. */
export type HeldKeyEncryptionKeys = {
  readonly current: KeyEncryptionKey
  readonly previous: KeyEncryptionKey | null
}

const label = utf8('certbound key-encryption key')

/**
 * The name of a key-encryption key: derived, so that it cannot be given to another one by mistake.
 * @returns the first 11 characters (66 bits) of base64url(SHA-256(label || key))
 */
export async function keyEncryptionKeyId(octets: Bytes): Promise<string> {
  const named = new Uint8Array([...label, ...octets])
  return (await sha256Base64url(named)).slice(0, 11)
}

/**
 * Imports the key-encryption keys.
 * @throws where one is not of 32 octets: the configuration's parser has seen to that
 */
export async function importKeyEncryptionKeys(
  octets: KeyEncryptionKeyOctets,
): Promise<HeldKeyEncryptionKeys> {
  return {
    current: await importOne(octets.current),
    previous: octets.previous === null ? null : await importOne(octets.previous),
  }
}

async function importOne(octets: Bytes): Promise<KeyEncryptionKey> {
  if (octets.length !== 32) throw new RangeError('a key-encryption key has 32 octets')
  return {
    id: await keyEncryptionKeyId(octets),
    key: await crypto.subtle.importKey('raw', octets, 'AES-GCM', false, ['wrapKey', 'unwrapKey']),
  }
}

/** The held key-encryption key of that name, or null. */
export function keyEncryptionKeyOf(
  id: string,
  { current, previous }: HeldKeyEncryptionKeys,
): KeyEncryptionKey | null {
  if (id === current.id) return current
  return previous !== null && id === previous.id ? previous : null
}
