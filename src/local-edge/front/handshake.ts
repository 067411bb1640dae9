import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Bytes } from '../../encoding/bytes.ts'
import type { Handshake } from '../cf/tls-client-auth.ts'

/**
 * The certificates that the client sent in this connection's handshake, in the order sent, strangers
 * and duplicates included; null where it sent none.
 *
 * Not `getPeerCertificate(true)`: that one reorders and drops. It needs `ca: []` on the server: if
 * OpenSSL can build a path it replaces what was sent by what it has found.
 */
export function presentedInHandshake(socket: TLSSocket): Handshake | null {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return null
  const chain: Bytes[] = []
  let next: X509Certificate | undefined = leaf.issuerCertificate
  while (next !== undefined) {
    chain.push(octetsOf(next))
    next = next.issuerCertificate
  }
  return { leaf: octetsOf(leaf), chain }
}

const octetsOf = (certificate: X509Certificate): Bytes => Uint8Array.from(certificate.raw)
