import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mintServerCertificate } from '../../../../src/local-edge/certificates/server-certificate.ts'
import { dataFiles } from '../../../../src/local-edge/data-folder.ts'
import { x5t } from '../access-token.ts'
import { certbound } from '../certbound.ts'
import { type Identity, mintIdentity } from '../certificates.ts'
import { type LocalEdge, startLocalEdge } from '../local-edge.ts'
import { type RawAnswer, rawRequest } from '../raw-request.ts'
import { type PartnersBehind, type PartnerTls, partnersBehind } from './partners-behind.ts'
import { freePort, type ProxyProgram, type RunningProxy, startProxy } from './start-proxy.ts'

/** A token request, ordinary except for what is given. */
export type ProxyRequest = PartnerTls & {
  /** Further header lines, without line ends. */
  readonly lines?: readonly string[]
  readonly target?: string
  readonly host?: string
  /** The server name in the handshake; null: none. */
  readonly servername?: string | null
  /** Makes the text that is sent from that of an ordinary request. */
  readonly text?: (request: string) => string
}

/** The Worker in a local edge, a real TLS terminator in front of it, and registered partners. */
export type BehindProxy = {
  readonly program: ProxyProgram
  readonly header: string
  readonly credential: string
  readonly edge: LocalEdge
  readonly proxy: RunningProxy
  readonly partners: PartnersBehind
  /** PEM of the CA of the terminator's own certificate. */
  readonly ca: string
  /** The client certificate that the terminator presents to the Worker's host. */
  readonly proxyIdentity: Identity
  /** Sends a request through the terminator. */
  readonly ask: (request: ProxyRequest) => Promise<RawAnswer>
  /** Sends a request directly to the host that the terminator forwards to. */
  readonly askWorker: (request: ProxyRequest) => Promise<RawAnswer>
  readonly stop: () => Promise<void>
}

export type PrintedConfig = {
  readonly configuration: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** The JSON output of `certbound proxy config`. */
export async function printed(...args: readonly string[]): Promise<PrintedConfig> {
  const { out, err } = await certbound('proxy', 'config', ...args, '--json')
  if (out === '') throw new Error(err)
  return JSON.parse(out) as PrintedConfig
}

/** Settings as Worker variables: objects become JSON. */
export const variablesOf = (settings: PrintedConfig['settings']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )

/** Starts terminator and Worker with exactly what `certbound proxy config` prints. */
export async function startBehindProxy(program: ProxyProgram): Promise<BehindProxy> {
  const folder = await mkdtemp(join(tmpdir(), `certbound-${program}-`))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne()
  }
  try {
    return { ...(await startWithin(folder, program, (stopOne) => stops.push(stopOne))), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param onStarted gets a function that stops a part, in the order of the starts */
async function startWithin(
  folder: string,
  program: ProxyProgram,
  onStarted: (stopOne: () => Promise<unknown>) => void,
): Promise<Omit<BehindProxy, 'stop'>> {
  const dataDir = join(folder, 'data')
  const proxyFolder = join(folder, 'proxy')
  await Promise.all([mkdir(dataDir), mkdir(proxyFolder)])
  const [port, edgePort] = [await freePort(), await freePort()]
  const { ca, proxyIdentity, options } = await proxyFiles(folder)
  const { configuration, settings, secrets } = await printed(
    program,
    '--upstream',
    `https://localhost:${edgePort}`,
    ...options,
    '--public-host',
    'localhost',
    '--listen',
    `127.0.0.1:${port}`,
    '--upstream-ca',
    dataFiles(dataDir).serverCa,
  )
  const partners = await partnersBehind(dataDir)
  const edge = await startLocalEdge({
    demo: false,
    dataDir,
    args: ['--mtls-port', String(edgePort)],
    variables: {
      ...secrets,
      ...variablesOf(settings),
      PROXY_CERTIFICATES: x5t(proxyIdentity.cert),
    },
  })
  onStarted(edge.stop)
  const proxy = await startProxy(program, configuration, proxyFolder, port)
  onStarted(proxy.stop)
  const sendTo = (port: number, ca: string) => (request: ProxyRequest) =>
    rawRequest({ port, ca, ...request, text: textOf(request, port) })
  return {
    program,
    edge,
    proxy,
    partners,
    proxyIdentity,
    ca,
    header: secrets.CERTIFICATE_HEADER ?? '',
    credential: secrets.PROXY_CREDENTIAL ?? '',
    ask: sendTo(port, ca),
    askWorker: sendTo(edgePort, edge.ca),
  }
}

/**
 * The terminator's certificates, and the options of `proxy config` that name their files.
 * @param folder an existing folder for the files
 */
export async function proxyFiles(folder: string) {
  const { ca, server } = await mintServerCertificate(Math.floor(Date.now() / 1000))
  const proxyIdentity = await mintIdentity({ subject: 'CN=proxy' })
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  // HAProxy and httpd want certificate and key in one file; the others ignore the key there.
  const certificate = await file('server.pem', `${server.cert}${server.key}`)
  const proxyCertificate = await file('proxy.pem', `${proxyIdentity.cert}${proxyIdentity.key}`)
  const options = [
    '--certificate',
    certificate,
    '--key',
    await file('server.key', server.key),
    '--hop-certificate',
    proxyCertificate,
    '--hop-key',
    await file('proxy.key', proxyIdentity.key),
  ]
  return { ca: ca.cert, server, proxyIdentity, options }
}

function textOf({ clientId, lines = [], target, host, text }: ProxyRequest, port: number): string {
  const body = `grant_type=client_credentials&client_id=${clientId}`
  const request = [
    `POST ${target ?? '/token'} HTTP/1.1`,
    `Host: ${host ?? `localhost:${port}`}`,
    ...lines,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
  return text === undefined ? request : text(request)
}
