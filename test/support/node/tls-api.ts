import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { dataFiles } from '../../../src/local-edge/data-folder.ts'
import { listenOnLoopback } from '../../../src/local-edge/front/loopback.ts'
import { tlsOptions } from '../../../src/local-edge/front/tls-options.ts'
import type { LocalEdge } from './local-edge.ts'
import { tlsRequest } from './tls-client.ts'

/** A running API over TLS. */
export type TlsApi = { readonly origin: string; readonly stop: () => Promise<void> }

/** The certificate for localhost that a local edge has generated, in PEM. */
export function serverOf({ dataDir }: Pick<LocalEdge, 'dataDir'>) {
  const files = dataFiles(dataDir)
  const cert = readFileSync(files.server, 'utf8')
  return { cert, key: readFileSync(files.serverKey, 'utf8'), files }
}

/** Serves a Node handler over TLS. It asks for a client certificate and accepts any. */
export async function startTlsApi(
  edge: Pick<LocalEdge, 'dataDir'>,
  handler: RequestListener,
): Promise<TlsApi> {
  const options = tlsOptions(serverOf(edge), true)
  const listening = await listenOnLoopback(() => createServer(options, handler), 0)
  if (!listening.ok) throw new Error(listening.error.why)
  const { port, close } = listening.value
  return { origin: `https://localhost:${port}`, stop: close }
}

/** An API's response to a token, sent with the given client certificate or without one. */
export async function askApi(
  edge: Pick<LocalEdge, 'ca'>,
  url: string,
  token: string,
  client: { readonly cert: string; readonly key: string } | null,
): Promise<{ readonly status: number; readonly challenge: string; readonly text: string }> {
  const identity = client === null ? {} : { cert: client.cert, key: client.key }
  const { status, headers, text } = await tlsRequest({
    url,
    ca: edge.ca,
    headers: { authorization: `Bearer ${token}` },
    ...identity,
  })
  const challenge = headers['www-authenticate']
  return { status, challenge: typeof challenge === 'string' ? challenge : '', text }
}
