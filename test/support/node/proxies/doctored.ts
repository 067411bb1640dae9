import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mintServerCertificate } from '../../../../src/local-edge/certificates/server-certificate.ts'
import { dataFiles } from '../../../../src/local-edge/data-folder.ts'
import { projectRoot } from '../../../../src/local-stores/project-root.ts'
import { runNode } from '../certbound.ts'
import { mintIdentity } from '../certificates.ts'
import { startLocalEdge } from '../local-edge.ts'
import { prepareData } from '../prepared-data.ts'
import { printed, variablesOf } from './behind-proxy.ts'
import { freePort, type ProxyProgram, startProxy } from './start-proxy.ts'

/** The doctor's report. */
export type Examined = {
  readonly status: number | null
  /** The ids of failures and warnings, in the order of the report. */
  readonly wrong: readonly string[]
  readonly findings: readonly {
    readonly id: string
    readonly severity: string
    readonly evidence: string
  }[]
  readonly sent: { readonly connections: number }
  readonly text: string
}

/** A TLS terminator whose configuration a test can change, in front of an unchanged Worker. */
export type Doctored = Awaited<ReturnType<typeof startDoctored>>

/**
 * Starts the Worker in a local edge, with one partner, for a terminator that is started later. The
 * issuer is the local edge's ordinary host, the mutual-TLS host is the terminator's.
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
  const { configuration, settings, secrets } = await printed(
    program,
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
  const [header, credential] = [secrets.CERTIFICATE_HEADER ?? '', secrets.PROXY_CREDENTIAL ?? '']
  const edge = await startLocalEdge({
    demo: false,
    dataDir,
    args: ['--mtls-port', String(upstreamPort)],
    variables: { ...secrets, ...variablesOf(settings) },
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
    if (!ended.out.startsWith('{')) throw new Error(`the doctor printed:\n${ended.err}`)
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
  /** Runs the doctor on a configuration, without a partner's certificate. */
  const examineWithoutPartner = async (
    configuration: string,
    args: readonly string[] = [],
    name = header,
  ) => {
    const proxyFolder = await mkdtemp(join(folder, 'proxy-'))
    const proxy = await startProxy(program, configuration, proxyFolder, port)
    try {
      return await doctor(args, name)
    } finally {
      await proxy.stop()
    }
  }
  /** Runs the doctor on a configuration, with the partner's certificate. */
  const examine = (configuration: string, args: readonly string[] = []) =>
    examineWithoutPartner(configuration, [...partnerOptions, ...args])
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
    examineWithoutPartner,
    examine,
    stop,
  }
}

/** Changes a configuration. Throws if a change does not apply. */
export function changed(
  configuration: string,
  ...changes: readonly (readonly [from: string | RegExp, to: string])[]
): string {
  return changes.reduce((text, [from, to]) => {
    const next = text.replaceAll(from, () => to)
    if (next === text) throw new Error(`the configuration has no ${from}`)
    return next
  }, configuration)
}
