import { type Agent, request as startRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'

/** One request over real TLS. */
export type TlsRequest = {
  readonly url: string
  /** PEM of the CA of the server's certificate. */
  readonly ca: string
  /** PEM of the client's certificate with the chain sent, and of its key. */
  readonly cert?: string
  readonly key?: string
  readonly method?: string
  /** An array keeps duplicates and order: name, value, name, value. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[]
  readonly body?: string | Uint8Array
  readonly agent?: Agent
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers?: string
}

/** The response. */
export type TlsAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The client's port: the same for all requests of one connection. */
  readonly localPort: number
  readonly tlsVersion: string | null
  json<T = Record<string, unknown>>(): T
}

/** Sends one request. Without an agent it opens a new connection. */
export function tlsRequest(options: TlsRequest): Promise<TlsAnswer> {
  const { url, body, headers, agent, ...rest } = options
  return new Promise((resolve, reject) => {
    const request = startRequest(url, {
      ...rest,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      agent: agent ?? false,
      // An array replaces all headers, Host included.
      ...(headers === undefined ? {} : { headers: headers as string[] }),
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const socket = response.socket as TLSSocket
      const tlsVersion = socket.getProtocol()
      const localPort = socket.localPort ?? 0
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const status = response.statusCode ?? 0
        const json = <T>() => JSON.parse(text) as T
        resolve({ status, headers: response.headers, text, localPort, tlsVersion, json })
      })
    })
    request.end(body)
  })
}
