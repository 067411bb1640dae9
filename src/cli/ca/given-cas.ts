import { err, ok, type Result } from '../../encoding/result.ts'
import { keyRefusal } from '../../x509/index.ts'
import { sha256 } from '../cert/describe-certificate.ts'
import { isCa, isSelfSigned } from '../cert/kind.ts'
import { type ReadCertificate, readAllCertificates } from '../cert/read-certificates.ts'
import { type Outcome, refused } from '../outcome.ts'

/** A CA's certificate, as a file brought it; the fingerprint in lower-case hex. */
export type GivenCa = ReadCertificate & { readonly sha256: string }

/**
 * Reads the certificates of files that are to stand in a set, each once.
 * @returns CAs with keys that are used, or the refusal to print
 */
export async function readCas(
  cwd: string,
  files: readonly string[],
  set: string,
): Promise<Result<readonly GivenCa[], Outcome>> {
  const read = await readAllCertificates(cwd, files)
  if (!read.ok) return read
  const leaf = await firstLeaf(read.value)
  if (leaf !== null) return err(notACa(leaf, set))
  const weak = read.value.find(({ certificate }) => keyRefusal(certificate.publicKey) !== null)
  return weak === undefined ? ok(await identified(read.value)) : err(weakKey(weak))
}

/** Each certificate once, with its fingerprint. */
async function identified(read: readonly ReadCertificate[]): Promise<GivenCa[]> {
  const byFingerprint = new Map<string, GivenCa>()
  for (const one of read) {
    const fingerprint = await sha256(one.certificate)
    byFingerprint.set(fingerprint, { ...one, sha256: fingerprint })
  }
  return [...byFingerprint.values()]
}

async function firstLeaf(read: readonly ReadCertificate[]): Promise<ReadCertificate | null> {
  for (const one of read) {
    if (!isCa(one.certificate, await isSelfSigned(one.certificate))) return one
  }
  return null
}

const notACa = ({ file, certificate }: ReadCertificate, set: string): Outcome =>
  refused(
    `${file}: ${certificate.subject} is not a CA (basicConstraints), so it can vouch for nobody`,
    `its issuer is ${certificate.issuer}: that is the certificate to add to ${set}`,
    `a partner's own certificate: certbound client add NAME --certificate ${file} --ca ${set} ...`,
  )

const weakKey = ({ file, certificate }: ReadCertificate): Outcome =>
  refused(
    `${file}: ${certificate.subject} has a key that is not used: ${keyRefusal(certificate.publicKey)?.reason}`,
    'want RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519',
  )
