import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Bytes, equalBytes } from '../../encoding/bytes.ts'
import { pemToDer } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { verifyCertificatePath } from '../../x509/index.ts'
import {
  certificateFields,
  type Handshake,
  type TlsClientAuth,
  tlsClientAuth,
} from './tls-client-auth.ts'

/** `certVerified` for a presented certificate, as Cloudflare documents its values. */
export type EdgeVerdict =
  | 'SUCCESS'
  | 'FAILED'
  | 'FAILED:self signed certificate'
  | 'FAILED:unable to verify the first certificate'
  | 'FAILED:unable to get local issuer certificate'
  | 'FAILED:certificate is not yet valid'
  | 'FAILED:certificate has expired'

/**
 * Reads the CAs that the edge knows.
 * @param files PEM, each with one or more certificates
 * @returns DER, or a message about the file that cannot be used
 */
export async function readEdgeCas(files: readonly string[]): Promise<Result<Bytes[], string>> {
  const cas: Bytes[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: Error) => error)
    if (text instanceof Error) return err(`--edge-ca: ${text.message}`)
    const certificates = pemToDer(text)
    if (!certificates.ok) return err(`--edge-ca: ${file} holds no certificates in PEM`)
    cas.push(...certificates.value)
  }
  return ok(cas)
}

/**
 * Fills `request.cf.tlsClientAuth` with the edge's verdict.
 * @param edgeCas the CAs that the edge knows, in DER
 * @param clock seconds since the epoch, read at each handshake
 */
export const edgeClientAuth =
  (edgeCas: readonly Bytes[], clock: () => number) =>
  async (handshake: Handshake): Promise<TlsClientAuth> =>
    tlsClientAuth(handshake, await edgeVerdict(handshake, edgeCas, clock()), edgeCas)

/**
 * The edge's own verdict on a handshake. It depends on the CAs that the edge knows, and is
 * independent of the trust anchors of the Worker's clients. BoringSSL checks the dates last and
 * reports the last error, so the dates come first here.
 * @param edgeCas CA certificates in DER; without any, no certificate can succeed
 * @param time seconds since the epoch
 */
export async function edgeVerdict(
  handshake: Handshake,
  edgeCas: readonly Bytes[],
  time: number,
): Promise<EdgeVerdict> {
  const leaf = new X509Certificate(handshake.leaf)
  if (time < seconds(leaf.validFrom)) return 'FAILED:certificate is not yet valid'
  if (time > seconds(leaf.validTo)) return 'FAILED:certificate has expired'
  if (edgeCas.some((ca) => equalBytes(ca, handshake.leaf))) return 'SUCCESS'
  if (isSelfSigned(handshake.leaf)) return 'FAILED:self signed certificate'
  const outcome = await verifyCertificatePath({
    leaf: handshake.leaf,
    intermediates: handshake.chain,
    trustAnchors: edgeCas,
    time,
  })
  if (outcome.ok) return 'SUCCESS'
  if (outcome.reason !== 'unknown_issuer' && outcome.reason !== 'no_trust_anchor') return 'FAILED'
  return handshake.chain.some((each) => leaf.checkIssued(new X509Certificate(each)))
    ? 'FAILED:unable to get local issuer certificate'
    : 'FAILED:unable to verify the first certificate'
}

/** As BoringSSL decides it: by names and key identifiers, whether or not the key may sign. */
function isSelfSigned(der: Bytes): boolean {
  const { subject, issuer, subjectKeyIdentifier, authorityKeyIdentifier } = certificateFields(der)
  const sameKey =
    subjectKeyIdentifier === '' ||
    authorityKeyIdentifier === '' ||
    subjectKeyIdentifier === authorityKeyIdentifier
  return subject.rfc2253 === issuer.rfc2253 && sameKey
}

const seconds = (date: string): number => Date.parse(date) / 1000
