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
import { type PartnersBehind, partnersBehind, type Shown } from './partners-behind.ts'
import { freePort, type ProxyProgram, type RunningProxy, startProxy } from './start-proxy.ts'

/** A request for a token, and what is odd about it. */
export type Asking = Shown & {
  /** Whole header lines, without their ends. */
  readonly lines?: readonly string[]
  readonly target?: string
  readonly host?: string
  /** The name in the handshake; null for none. */
  readonly servername?: string | null
  /** In place of everything: the text of the connection, made of an ordinary request. */
  readonly text?: (request: string) => string
}

/** The Worker in the local edge, a real terminator in front of it, and registered partners. */
export type BehindProxy = {
  readonly program: ProxyProgram
  readonly header: string
  readonly credential: string
  readonly edge: LocalEdge
  readonly proxy: RunningProxy
  readonly partners: PartnersBehind
  /** PEM of the CA of the terminator's own certificate. */
  readonly ca: string
  /** What the terminator shows at the Worker's host. */
  readonly hop: Identity
  /** Through the terminator. */
  readonly ask: (asking: Asking) => Promise<RawAnswer>
  /** Around the terminator, to the host that the terminator forwards to. */
  readonly askWorker: (asking: Asking) => Promise<RawAnswer>
  readonly stop: () => Promise<void>
}

type Printed = {
  readonly configuration: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** What `certbound proxy config` prints, for scripts. */
export async function printed(...args: readonly string[]): Promise<Printed> {
  const { out, err } = await certbound('proxy', 'config', ...args, '--json')
  if (out === '') throw new Error(err)
  return JSON.parse(out) as Printed
}

/** Variables as the local edge takes them: objects as JSON. */
const texts = (settings: Printed['settings']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )

/** Starts all of it; terminator and Worker are told what `certbound proxy config` prints, as it is. */
export async function startBehindProxy(program: ProxyProgram): Promise<BehindProxy> {
  const folder = await mkdtemp(join(tmpdir(), `certbound-${program}-`))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    return { ...(await startWithin(folder, program, (end) => stops.push(end))), stop }
  } catch (fault) {
    await stop()
    throw fault
  }
}

/** @param toStop takes what ends each part, in the order of their starts */
async function startWithin(
  folder: string,
  program: ProxyProgram,
  toStop: (end: () => Promise<unknown>) => void,
): Promise<Omit<BehindProxy, 'stop'>> {
  const dataDir = join(folder, 'data')
  const proxyFolder = join(folder, 'proxy')
  await Promise.all([mkdir(dataDir), mkdir(proxyFolder)])
  const [port, edgePort] = [await freePort(), await freePort()]
  const { ca, hop, options } = await proxyFiles(folder)
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
    variables: { ...secrets, ...texts(settings), PROXY_CERTIFICATES: x5t(hop.cert) },
  })
  toStop(edge.stop)
  const proxy = await startProxy(program, configuration, proxyFolder, port)
  toStop(proxy.stop)
  const to = (where: number, authority: string) => (asking: Asking) =>
    rawRequest({ port: where, ca: authority, ...asking, text: textOf(asking, where) })
  return {
    program,
    edge,
    proxy,
    partners,
    hop,
    ca,
    header: secrets.CERTIFICATE_HEADER ?? '',
    credential: secrets.PROXY_CREDENTIAL ?? '',
    ask: to(port, ca),
    askWorker: to(edgePort, edge.ca),
  }
}

/**
 * What the terminator has of certificates, and the options that tell where.
 * @param folder an existing one, for the files
 */
export async function proxyFiles(folder: string) {
  const { ca, server } = await mintServerCertificate(Math.floor(Date.now() / 1000))
  const hop = await mintIdentity({ subject: 'CN=hop' })
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  // HAProxy and httpd want both in one file; the others pass over the key.
  const certificate = await file('server.pem', `${server.cert}${server.key}`)
  const hopCertificate = await file('hop.pem', `${hop.cert}${hop.key}`)
  const options = [
    '--certificate',
    certificate,
    '--key',
    await file('server.key', server.key),
    '--hop-certificate',
    hopCertificate,
    '--hop-key',
    await file('hop.key', hop.key),
  ]
  return { ca: ca.cert, server, hop, options }
}

function textOf({ clientId, lines = [], target, host, text }: Asking, port: number): string {
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
