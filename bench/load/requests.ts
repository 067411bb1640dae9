import { toBase64 } from '../../src/encoding/base64.ts'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { cfBlob } from '../../src/local-edge/cf/request-cf.ts'
import { tlsClientAuth } from '../../src/local-edge/cf/tls-client-auth.ts'
import type { Authority } from '../chains.ts'
import { clientIdOf, resource, scope } from '../servers/clients.ts'

/** The origin that the Workers of the bench are configured for. */
export const origin = 'https://mtls.bench.example'

/** A partner's number and certificate. */
export type Caller = { readonly number: number; readonly leaf: Bytes }

/** Generates the certificates of partners. */
export const callersOf = (authority: Authority, numbers: readonly number[]): Promise<Caller[]> =>
  Promise.all(
    numbers.map(async (number) => ({ number, leaf: await authority.leaf(number) }) as const),
  )

/** A token request as Cloudflare's edge passes it to a Worker, in absolute form for workerd. */
export function edgeRequest({ number, leaf }: Caller, { intermediate }: Authority): Uint8Array {
  const cf = cfBlob({
    clientAcceptEncoding: 'gzip, br',
    clientTcpRtt: 12,
    colo: 'FRA',
    edgeRequestKeepAliveStatus: 1,
    httpProtocol: 'HTTP/1.1',
    requestPriority: '',
    tlsVersion: 'TLSv1.3',
    tlsCipher: 'AEAD-AES128-GCM-SHA256',
    tlsClientAuth: tlsClientAuth({ leaf, chain: [intermediate] }, verdict, []),
  })
  return postOf(`${origin}/token`, number, [
    `MF-CF-Blob: ${cf}`,
    `CF-Connecting-IP: ${addressOf(number)}`,
    `CF-Ray: ${number.toString(16).padStart(16, '0')}-FRA`,
  ])
}

/** The same request as a reverse proxy passes it to a server (RFC 9440). */
export const proxiedRequest = ({ number, leaf }: Caller, { intermediate }: Authority) =>
  postOf('/token', number, [
    `Client-Cert: :${toBase64(leaf)}:`,
    `Client-Cert-Chain: :${toBase64(intermediate)}:`,
    'X-Forwarded-Proto: https',
  ])

/** The edge's verdict for a CA that it does not know. */
const verdict = 'FAILED:unable to get local issuer certificate'

/** Each caller's own address, from the range for benchmarks (RFC 5180). */
const addressOf = (number: number): string =>
  `2001:2:${((number >> 16) & 0xffff).toString(16)}:${(number & 0xffff).toString(16)}::1`

function postOf(target: string, number: number, headers: readonly string[]): Uint8Array {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientIdOf(number),
    scope,
    resource,
  }).toString()
  const head = [
    `POST ${target} HTTP/1.1`,
    `Host: ${new URL(origin).host}`,
    'Accept: application/json',
    'User-Agent: bench',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...headers,
  ]
  return new TextEncoder().encode(`${head.join('\r\n')}\r\n\r\n${body}`)
}
