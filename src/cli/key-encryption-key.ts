import { toBase64url } from '../encoding/base64.ts'
import { keyEncryptionKeyId } from '../keys/key-encryption-key.ts'
import { command } from './command.ts'
import { done } from './outcome.ts'

export const keyEncryptionKeyGenerate = command({
  name: 'key-encryption-key generate',
  summary: 'make a key-encryption key, for `wrangler secret put KEY_ENCRYPTION_KEY`',
  about: [
    'Prints 32 random octets in base64url and does not store them: pipe them to wrangler, and keep a copy',
    'with your other secrets. It encrypts the signing keys: without it they are lost.',
  ],
  options: {},
  examples: ['certbound key-encryption-key generate | npx wrangler secret put KEY_ENCRYPTION_KEY'],
  async run() {
    const octets = crypto.getRandomValues(new Uint8Array(32))
    const key = toBase64url(octets)
    const id = await keyEncryptionKeyId(octets)
    return done([key], { key, id }, [`its id in \`certbound key list\`: ${id}`])
  },
})
