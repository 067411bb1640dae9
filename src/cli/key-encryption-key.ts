import { toBase64url } from '../encoding/base64.ts'
import { keyEncryptionKeyId } from '../keys/key-encryption-key.ts'
import { command, jsonOption } from './command.ts'
import { done } from './outcome.ts'

/** `key-encryption-key generate`. */
export const keyEncryptionKeyGenerate = command({
  name: 'key-encryption-key generate',
  summary: 'a new key-encryption key, for `wrangler secret put KEY_ENCRYPTION_KEY`',
  about: [
    'Prints 32 random octets in base64url, and stores them nowhere: pipe them on, keep a copy where',
    'your secrets live. Signing keys are wrapped under it; without it they cannot be used.',
  ],
  arity: [0, 0],
  options: jsonOption,
  examples: ['certbound key-encryption-key generate | npx wrangler secret put KEY_ENCRYPTION_KEY'],
  async run() {
    const octets = crypto.getRandomValues(new Uint8Array(32))
    const key = toBase64url(octets)
    const id = await keyEncryptionKeyId(octets)
    return done([key], { key, id }, [`its name in \`certbound key list\`: ${id}`])
  },
})
