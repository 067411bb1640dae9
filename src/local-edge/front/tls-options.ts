import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'

/** What the two listeners have in common: PEM of the server's certificate chain and of its key. */
export type ServerIdentity = { readonly cert: string; readonly key: string }

/** RFC 9325 (BCP 195) section 4.2: forward secrecy and AEAD, and nothing else. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** The whole request header, as Workers take it; above, Node answers 431. */
const maxHeaderSize = 128 * 1024

/**
 * TLS as the edge speaks it.
 * @param requestCertificate whether clients are asked for a certificate; any is let in
 */
export const tlsOptions = (
  identity: ServerIdentity,
  requestCertificate: boolean,
): ServerOptions => ({
  cert: identity.cert,
  key: identity.key,
  minVersion: 'TLSv1.2', // RFC 9325 section 3.1.1
  ciphers,
  honorCipherOrder: true,
  ALPNProtocols: ['http/1.1'],
  // A resumed session would bring the leaf without its chain, judged in the past. Renegotiation
  // could bring another certificate in the middle of a connection.
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  requestCert: requestCertificate,
  rejectUnauthorized: false,
  // Not unset: that would mean Mozilla's roots, and OpenSSL would change the chain (handshake.ts).
  ca: [],
  maxHeaderSize,
})
