/**
 * `certbound/resource-server/node`: certificates of Node's own TLS sockets, for an API that nothing
 * stands in front of.
 */
import { TLSSocket } from 'node:tls'
import type {
  CertificateSource,
  PresentedCertificate,
} from '../../certificate/presented-certificate.ts'
import { ok } from '../../encoding/result.ts'

const sockets = new WeakMap<Request, TLSSocket>()

/**
 * Says by which connection a request came.
 * @param socket as `IncomingMessage.socket`; with `@hono/node-server` it is `c.env.incoming.socket`
 * @throws TypeError where it is no TLS connection: nobody could prove anything on it
 */
export function cameBy(request: Request, socket: unknown): void {
  if (!(socket instanceof TLSSocket)) throw new TypeError('cameBy: not a TLS socket of Node')
  sockets.set(request, socket)
}

/**
 * The certificate of the connection by which a request came, see {@link cameBy}. The server asks for
 * one with `requestCert: true`; `rejectUnauthorized: false` lets in whatever CA signed it, since it is
 * the token that says which certificate is the right one (RFC 8705 section 6.2).
 * @throws TypeError for a request of which nothing was said: it must not pass for one without
 */
export const nodeTlsCertificate: CertificateSource = (request) => {
  const socket = sockets.get(request)
  if (socket === undefined) throw new TypeError('nodeTlsCertificate: call cameBy(request) before')
  // Asked anew each time: TLS 1.2 lets a client show another certificate later.
  const leaf = socket.getPeerX509Certificate()
  return ok(leaf === undefined ? { kind: 'none' } : presented(leaf.raw))
}

const presented = (raw: Buffer): PresentedCertificate => ({
  kind: 'whole',
  raw: { leaf: raw.toString('base64'), chain: '' },
  chainTooLarge: false,
  decode: () => ok({ leaf: new Uint8Array(raw), chain: [] }),
})
