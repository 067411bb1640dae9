import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fromBase64url, toBase64url } from '../encoding/base64.ts'

/** The paths of the files in a data folder, except those of miniflare. README and docs name them. */
export const dataFiles = (dataDir: string) => ({
  keyEncryptionKey: join(dataDir, 'key-encryption-key'),
  /** Present only while `certbound key rewrap` moves the signing keys to a new one. */
  previousKeyEncryptionKey: join(dataDir, 'key-encryption-key-previous'),
  serverCa: join(dataDir, 'tls/ca.pem'),
  server: join(dataDir, 'tls/localhost.pem'),
  serverKey: join(dataDir, 'tls/localhost-key.pem'),
  partnerCa: join(dataDir, 'demo/partner-ca.pem'),
  intermediate: join(dataDir, 'demo/partner-intermediate.pem'),
  intermediateKey: join(dataDir, 'demo/partner-intermediate-key.pem'),
  /** Leaf, then intermediate. */
  caIssued: join(dataDir, 'demo/ca-issued.pem'),
  caIssuedKey: join(dataDir, 'demo/ca-issued-key.pem'),
  /** Below the same CA, but not registered: the first partner that a reader registers. */
  newPartner: join(dataDir, 'demo/new-partner.pem'),
  newPartnerKey: join(dataDir, 'demo/new-partner-key.pem'),
  selfSigned: join(dataDir, 'demo/self-signed.pem'),
  selfSignedKey: join(dataDir, 'demo/self-signed-key.pem'),
})

/** The paths that {@link dataFiles} gives. */
export type DataFiles = ReturnType<typeof dataFiles>

/** The text of a file, or null if it does not exist. */
export async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Writes a file through a rename, so that a killed process leaves the old or the new file whole.
 * @param access `owner-only` for private keys
 */
export async function writeAtomically(
  file: string,
  text: string,
  access: 'owner-only' | 'readable',
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, text, { mode: access === 'owner-only' ? 0o600 : 0o644 })
  await rename(temporary, file)
}

/** The key-encryption keys as the Worker's secrets. The first start generates one. */
export async function keyEncryptionKeys(files: DataFiles): Promise<Record<string, string>> {
  let current = (await readIfPresent(files.keyEncryptionKey))?.trim()
  if (current === undefined) {
    current = toBase64url(crypto.getRandomValues(new Uint8Array(32)))
    await writeAtomically(files.keyEncryptionKey, `${current}\n`, 'owner-only')
  }
  if (fromBase64url(current)?.length !== 32) {
    throw new Error(`${files.keyEncryptionKey} must hold 32 octets in base64url`)
  }
  const previous = (await readIfPresent(files.previousKeyEncryptionKey))?.trim()
  return {
    KEY_ENCRYPTION_KEY: current,
    ...(previous === undefined ? {} : { KEY_ENCRYPTION_KEY_PREVIOUS: previous }),
  }
}
