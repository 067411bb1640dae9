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
async function printed(...args: readonly string[]): Promise<Printed> {
  const { out, err } = await certbound('proxy', 'config', ...args, '--json')
  if (out === '') throw new Error(err)
  return JSON.parse(out) as Printed
}

const mapValues = <V>(from: Readonly<Record<string, V>>, map: (value: V) => string) =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]))

/** Starts all of it; terminator and Worker are told what `certbound proxy config` prints, as it is. */
export async function startBehindProxy(program: ProxyProgram): Promise<BehindProxy> {
  const folder = await mkdtemp(join(tmpdir(), `certbound-${program}-`))
  const dataDir = join(folder, 'data')
  const proxyFolder = join(folder, 'proxy')
  await Promise.all([mkdir(dataDir), mkdir(proxyFolder)])
  const [port, edgePort] = [await freePort(), await freePort()]
  const { ca, server } = await mintServerCertificate(Math.floor(Date.now() / 1000))
  const certificate = join(folder, 'server.pem')
  const key = join(folder, 'server.key')
  // HAProxy wants both in one file; the others pass over the key.
  await writeFile(certificate, `${server.cert}${server.key}`)
  await writeFile(key, server.key)
  const hop = await mintIdentity({ subject: 'CN=hop' })
  const hopFile = join(folder, 'hop.pem')
  await writeFile(hopFile, `${hop.cert}${hop.key}`)
  const { configuration, settings, secrets } = await printed(
    ...[program, '--upstream', `https://localhost:${edgePort}`],
    ...['--public-host', 'localhost', '--listen', `127.0.0.1:${port}`],
    ...['--hop-certificate', hopFile, '--hop-key', hopFile],
    ...['--upstream-ca', dataFiles(dataDir).serverCa, '--certificate', certificate, '--key', key],
  )
  const partners = await partnersBehind(dataDir)
  const edge = await startLocalEdge({
    ...{ demo: false, dataDir, args: ['--mtls-port', String(edgePort)] },
    variables: {
      ...{ ...secrets, PROXY_CERTIFICATES: x5t(hop.cert) },
      ...mapValues(settings, (value) =>
        typeof value === 'string' ? value : JSON.stringify(value),
      ),
    },
  })
  try {
    const proxy = await startProxy(program, configuration, proxyFolder, port)
    const to = (where: number, authority: string) => (asking: Asking) =>
      rawRequest({ port: where, ca: authority, ...asking, text: textOf(asking, where) })
    const stop = async () => {
      await proxy.stop()
      await edge.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return {
      ...{ program, edge, proxy, partners, hop, stop },
      header: secrets.CERTIFICATE_HEADER ?? '',
      credential: secrets.PROXY_CREDENTIAL ?? '',
      ca: ca.cert,
      ask: to(port, ca.cert),
      askWorker: to(edgePort, edge.ca),
    }
  } catch (fault) {
    await edge.stop()
    await rm(folder, { recursive: true, force: true })
    throw fault
  }
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
