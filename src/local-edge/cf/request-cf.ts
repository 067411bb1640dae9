import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { TlsClientAuth } from './tls-client-auth.ts'

/** Cloudflare names TLS 1.3 cipher suites as BoringSSL does, TLS 1.2 suites as OpenSSL does. */
const boringSslNames: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'AEAD-AES128-GCM-SHA256',
  TLS_AES_256_GCM_SHA384: 'AEAD-AES256-GCM-SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'AEAD-CHACHA20-POLY1305-SHA256',
}

/** `request.cf` for one request on a TLS connection, without the fields for geography and networks. */
export function requestCf(request: IncomingMessage, tlsClientAuth: TlsClientAuth) {
  const socket = request.socket as TLSSocket
  const { name } = socket.getCipher()
  return {
    clientAcceptEncoding: request.headers['accept-encoding']?.toString() ?? '',
    clientTcpRtt: 0,
    colo: 'LOCAL',
    edgeRequestKeepAliveStatus: 1,
    httpProtocol: `HTTP/${request.httpVersion}`,
    requestPriority: '',
    tlsVersion: socket.getProtocol() ?? '',
    tlsCipher: boringSslNames[name] ?? name,
    tlsClientAuth,
  }
}

/** `request.cf` as the value of the header `MF-CF-Blob`, which workerd reads: JSON in ASCII. */
export const cfBlob = (cf: ReturnType<typeof requestCf>): string =>
  JSON.stringify(cf).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
