/**
 * `certbound/resource-server/node`: client certificates of Node's own TLS sockets, for an API without a
 * proxy in front of it.
 */
import { TLSSocket } from 'node:tls'
import type {
  CertificateSource,
  PresentedCertificate,
} from '../../certificate/presented-certificate.ts'
import { ok } from '../../encoding/result.ts'

const sockets = new WeakMap<Request, TLSSocket>()

/**
 * Registers the connection of a request.
 * @param socket `IncomingMessage.socket`; with `@hono/node-server` it is `c.env.incoming.socket`
 * @throws TypeError if it is not a TLS connection
 */
export function cameBy(request: Request, socket: unknown): void {
  if (!(socket instanceof TLSSocket)) throw new TypeError('cameBy: not a TLS socket of Node')
  sockets.set(request, socket)
}

/**
 * The client certificate of a request's connection, see {@link cameBy}. The server needs `requestCert:
 * true` and `rejectUnauthorized: false`: any CA is accepted, because the token names the right
 * certificate (RFC 8705 section 6.2).
 * @throws TypeError if the connection was not registered: that must not count as "no certificate"
 */
export const nodeTlsCertificate: CertificateSource = (request) => {
  const socket = sockets.get(request)
  if (socket === undefined)
    throw new TypeError('nodeTlsCertificate: call cameBy(request, socket) first')
  // Read it for each request: with TLS 1.2 a client can present another certificate later.
  const leaf = socket.getPeerX509Certificate()
  return ok(leaf === undefined ? { kind: 'none' } : presented(leaf.raw))
}

const presented = (raw: Buffer): PresentedCertificate => ({
  kind: 'whole',
  raw: { leaf: raw.toString('base64'), chain: '' },
  chainTooLarge: false,
  decode: () => ok({ leaf: new Uint8Array(raw), chain: [] }),
})
