import { readFile } from 'node:fs/promises'
import type { Bytes } from '../../encoding/bytes.ts'
import { pemToDer } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { edgeVerdict } from './edge-verdict.ts'
import { type Handshake, type TlsClientAuth, tlsClientAuth } from './tls-client-auth.ts'

/**
 * Reads the CAs that the edge is told to know.
 * @param files PEM, each with one certificate or more
 * @returns DER, or in words what is wrong with a file
 */
export async function readAuthorities(files: readonly string[]): Promise<Result<Bytes[], string>> {
  const authorities: Bytes[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((fault: Error) => fault)
    if (text instanceof Error) return err(`--edge-ca: ${text.message}`)
    const certificates = pemToDer(text)
    if (!certificates.ok) return err(`--edge-ca: ${file} holds no certificates in PEM`)
    authorities.push(...certificates.value)
  }
  return ok(authorities)
}

/**
 * All that an edge tells of a handshake.
 * @param authorities the CAs that it knows, in DER
 * @param clock seconds since the epoch, read at each handshake
 */
export const edgeJudge =
  (authorities: readonly Bytes[], clock: () => number) =>
  async (handshake: Handshake): Promise<TlsClientAuth> =>
    tlsClientAuth(handshake, await edgeVerdict(handshake, authorities, clock()), authorities)
