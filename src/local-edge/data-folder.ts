import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fromBase64url, toBase64url } from '../encoding/base64.ts'

/** Where things lie in a data folder, besides what miniflare keeps there. */
export const dataFiles = (dataDir: string) => ({
  keyEncryptionKey: join(dataDir, 'key-encryption-key'),
  /** There only while signing keys are being moved to a new one (`certbound key rewrap`). */
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
  selfSigned: join(dataDir, 'demo/self-signed.pem'),
  selfSignedKey: join(dataDir, 'demo/self-signed-key.pem'),
})

/** The paths that {@link dataFiles} gives. */
export type DataFiles = ReturnType<typeof dataFiles>

/** The text of a file, or null where there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return null
    throw fault
  }
}

/**
 * Writes a file in one step, so that a kill leaves the old one or the new one.
 * @param access for keys: nobody but the owner may read
 */
export async function writeWhole(
  file: string,
  text: string,
  access: 'secret' | 'open',
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, text, { mode: access === 'secret' ? 0o600 : 0o644 })
  await rename(temporary, file)
}

/** The key-encryption keys of a data folder, as the Worker's secrets; the first start makes one. */
export async function keyEncryptionKeys(files: DataFiles): Promise<Record<string, string>> {
  let current = (await readIfThere(files.keyEncryptionKey))?.trim()
  if (current === undefined) {
    current = toBase64url(crypto.getRandomValues(new Uint8Array(32)))
    await writeWhole(files.keyEncryptionKey, `${current}\n`, 'secret')
  }
  if (fromBase64url(current)?.length !== 32) {
    throw new Error(`${files.keyEncryptionKey} does not hold 32 octets in base64url`)
  }
  const previous = (await readIfThere(files.previousKeyEncryptionKey))?.trim()
  return {
    KEY_ENCRYPTION_KEY: current,
    ...(previous === undefined ? {} : { KEY_ENCRYPTION_KEY_PREVIOUS: previous }),
  }
}
