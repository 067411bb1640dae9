import { Agent, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici'

/** A client's TLS settings, in PEM. Without cert and key it presents no certificate. */
export type ClientTls = {
  /** The server's CA. */
  readonly ca: string
  /** The client's certificate, and the chain sent with it. */
  readonly cert?: string
  readonly key?: string
}

/** A `fetch` that presents a client certificate. */
export type CertificateFetch = typeof globalThis.fetch & {
  /** Closes its connections. */
  close(): Promise<void>
}

/**
 * A `fetch` (undici, as in Node) with a client certificate, for a partner's OAuth library. It keeps
 * connections open.
 */
export function fetchWithCertificate({ ca, cert, key }: ClientTls): CertificateFetch {
  const identity = cert === undefined || key === undefined ? {} : { cert, key }
  const dispatcher = new Agent({ connect: { ca, ...identity } })
  const fetch = (input: unknown, init?: unknown) =>
    undiciFetch(input as string, { ...(init as UndiciInit), dispatcher })
  // Node and undici declare the same types under different names.
  const typed = fetch as unknown as typeof globalThis.fetch
  return Object.assign(typed, { close: () => dispatcher.close() })
}
