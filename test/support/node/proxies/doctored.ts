import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mintServerCertificate } from '../../../../src/local-edge/certificates/server-certificate.ts'
import { dataFiles } from '../../../../src/local-edge/data-folder.ts'
import { projectRoot } from '../../../../src/local-stores/project-root.ts'
import { certbound, runNode } from '../certbound.ts'
import { mintIdentity } from '../certificates.ts'
import { startLocalEdge } from '../local-edge.ts'
import { prepareData } from '../prepared-data.ts'
import { freePort, type ProxyProgram, startProxy } from './start-proxy.ts'

/** What the doctor said. */
export type Examined = {
  readonly status: number | null
  /** The ids of what failed or was warned of, in the order of the report. */
  readonly wrong: readonly string[]
  readonly findings: readonly {
    readonly id: string
    readonly severity: string
    readonly evidence: string
  }[]
  readonly sent: { readonly connections: number }
  readonly text: string
}

type Printed = {
  readonly configuration: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** A terminator that has its configuration changed, in front of a Worker that has not. */
export type Doctored = Awaited<ReturnType<typeof startDoctored>>

/**
 * Starts the Worker in the local edge behind a terminator that is not started yet, with one partner.
 * The issuer is the local edge's ordinary host, the mutual-TLS host is the terminator's.
 */
export async function startDoctored(program: ProxyProgram) {
  const folder = await mkdtemp(join(tmpdir(), `certbound-doctor-${program}-`))
  const [port, otherPort, httpPort, upstreamPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ] as const
  const partner = await mintIdentity({ subject: 'CN=test partner' })
  const { ca, server } = await mintServerCertificate(Math.floor(Date.now() / 1000))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const files = {
    certificate: await file('server.pem', `${server.cert}${server.key}`),
    key: await file('server.key', server.key),
    partner: await file('partner.pem', partner.cert),
    ticketKey: await file('ticket.key', randomBytes(40).toString('hex')),
    partnerKey: await file('partner.key', partner.key),
  }
  const dataDir = join(folder, 'data')
  await mkdir(dataDir)
  await prepareData(dataDir, [
    ['client', 'add', 'tester', '--certificate', files.partner, '--resource', 'https://api'],
  ])
  const printed = await certbound(
    'proxy',
    'config',
    program,
    '--json',
    '--upstream',
    `https://localhost:${upstreamPort}`,
    '--public-host',
    'localhost',
    '--listen',
    `127.0.0.1:${port}`,
    '--upstream-ca',
    dataFiles(dataDir).serverCa,
    '--certificate',
    files.certificate,
    '--key',
    files.key,
  )
  if (printed.out === '') throw new Error(printed.err)
  const { configuration, settings, secrets } = JSON.parse(printed.out) as Printed
  const [header, credential] = [secrets.CERTIFICATE_HEADER ?? '', secrets.PROXY_CREDENTIAL ?? '']
  const variables = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const edge = await startLocalEdge({
    demo: false,
    dataDir,
    args: ['--mtls-port', String(upstreamPort)],
    variables: { ...secrets, ...Object.fromEntries(variables) },
  })
  const cas = await file('cas.pem', `${ca.cert}${edge.ca}`)
  const doctor = async (args: readonly string[], name: string): Promise<Examined> => {
    const ended = await runNode(
      [
        join(projectRoot, 'bin/certbound.js'),
        'doctor',
        edge.issuer,
        '--json',
        '--ca',
        cas,
        ...args,
      ],
      { env: { CERTIFICATE_HEADER: name } },
    )
    if (!ended.out.startsWith('{')) throw new Error(`the doctor said:\n${ended.err}`)
    const report = JSON.parse(ended.out) as Pick<Examined, 'findings' | 'sent'>
    const wrong = report.findings.filter(({ severity }) => /fail|warn/.test(severity))
    return { ...report, status: ended.code, wrong: wrong.map(({ id }) => id), text: ended.out }
  }
  const partnerOptions = [
    '--certificate',
    files.partner,
    '--key',
    files.partnerKey,
    '--client-id',
    'tester',
  ]
  /** Serves a configuration for as long as the doctor looks at it, with no partner to forge. */
  const look = async (planted: string, args: readonly string[] = [], name = header) => {
    const proxyFolder = await mkdtemp(join(folder, 'proxy-'))
    const proxy = await startProxy(program, planted, proxyFolder, port)
    try {
      return await doctor(args, name)
    } finally {
      await proxy.stop()
    }
  }
  /** The same in the partner's name. */
  const examine = (planted: string, args: readonly string[] = []) =>
    look(planted, [...partnerOptions, ...args])
  const stop = async () => {
    await edge.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const issuerPort = Number(new URL(edge.issuer).port)
  const ports = { port, otherPort, httpPort, upstreamPort, issuerPort }
  return {
    configuration,
    header,
    credential,
    files,
    caFile: edge.caFile,
    ports,
    look,
    examine,
    stop,
  }
}

/** Changes a configuration, and fails where there is nothing to change. */
export function planted(
  configuration: string,
  ...changes: readonly (readonly [from: string | RegExp, to: string])[]
): string {
  return changes.reduce((text, [from, to]) => {
    const changed = text.replaceAll(from, () => to)
    if (changed === text) throw new Error(`the configuration has no ${from}`)
    return changed
  }, configuration)
}
