import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'

/** The server's certificate chain and key in PEM. Both listeners use them. */
export type ServerIdentity = { readonly cert: string; readonly key: string }

/** RFC 9325 (BCP 195) section 4.2: only suites with forward secrecy and AEAD. */
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

/** The limit of Workers for the whole request header. Above it Node answers 431. */
const maxHeaderSize = 128 * 1024

/**
 * The edge's TLS settings.
 * @param requestCertificate whether clients are asked for a certificate; every one is accepted
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
  // A resumed session has the leaf without its chain, verified at an earlier time. Renegotiation
  // could replace the certificate in the middle of a connection.
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  requestCert: requestCertificate,
  rejectUnauthorized: false,
  // Without it Node trusts Mozilla's roots, and OpenSSL changes the presented chain (front.ts).
  ca: [],
  maxHeaderSize,
})
