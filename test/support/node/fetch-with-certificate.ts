import { Agent, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici'

/** What a client has for its handshake, in PEM. Without cert and key it shows no certificate. */
export type ClientTls = {
  /** The server's CA. */
  readonly ca: string
  /** The client's certificate, with whatever chain is to be sent. */
  readonly cert?: string
  readonly key?: string
}

/** A fetch that makes its TLS handshakes with a certificate. */
export type CertificateFetch = typeof globalThis.fetch & {
  /** Ends its connections. */
  close(): Promise<void>
}

/**
 * An ordinary `fetch` (undici, as in Node) with a client certificate: what a partner's OAuth library
 * is given. Connections are kept and used again.
 */
export function fetchWithCertificate({ ca, cert, key }: ClientTls): CertificateFetch {
  const identity = cert === undefined || key === undefined ? {} : { cert, key }
  const dispatcher = new Agent({ connect: { ca, ...identity } })
  const fetch = (input: unknown, init?: unknown) =>
    undiciFetch(input as string, { ...(init as UndiciInit), dispatcher })
  // The types of Node and of undici name the same things.
  const typed = fetch as unknown as typeof globalThis.fetch
  return Object.assign(typed, { close: () => dispatcher.close() })
}
