import { exportJWK, generateKeyPair } from 'jose'
import { callerAlg } from './src/caller-header.ts'

// The private half on standard output, for `wrangler secret put`; the public half on standard error.
const { privateKey, publicKey } = await generateKeyPair(callerAlg, { extractable: true })
process.stdout.write(`${JSON.stringify(await exportJWK(privateKey))}\n`)
process.stderr.write(
  `public half, for the origin:\n${JSON.stringify(await exportJWK(publicKey))}\n`,
)
