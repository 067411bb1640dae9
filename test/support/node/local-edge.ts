import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFiles } from '../../../src/local-edge/data-folder.ts'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { certbound, type Ended } from './certbound.ts'

/** How to start a local edge. Everything has a default. */
export type LocalEdgeOptions = {
  /** Whether the demo partners are registered. Default true; without them it starts faster. */
  readonly demo?: boolean
  /** An existing data folder, which is kept. Default: a new one, removed by `stop`. */
  readonly dataDir?: string
  /** Worker variables that replace those of wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>
  /** PEM files of CAs that the edge itself knows. */
  readonly edgeCas?: readonly string[]
  /** Such as `/tenant`. */
  readonly issuerPath?: string
  /** Requests a minute; null: the limits of wrangler.toml. Default: more than any test sends. */
  readonly rateLimit?: number | null
  /** Further arguments of the local edge. */
  readonly args?: readonly string[]
}

/** A registered partner: its client_id, and PEM for the handshake. */
export type Partner = {
  readonly clientId: string
  /** The leaf, then the chain that is sent with it. */
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** A running local edge, in a process of its own. */
export type LocalEdge = {
  readonly issuer: string
  readonly mtlsOrigin: string
  readonly dataDir: string
  readonly pid: number
  /** The CA of the server's certificate: PEM, and its file. */
  readonly ca: string
  readonly caFile: string
  /** The demo partners; only with `demo`. */
  readonly partners: { readonly caIssued: Partner; readonly selfSigned: Partner }
  /** Runs `npx certbound` on its data folder. */
  readonly certbound: (...args: readonly string[]) => Promise<Ended>
  /** The Worker's log so far, parsed; other lines of standard error are left out. */
  readonly log: () => LogLine[]
  /** Waits for a line of the Worker's log that has all these members. */
  readonly logged: (members: LogLine) => Promise<LogLine>
  /** Standard output and error so far. */
  readonly output: () => { readonly out: string; readonly err: string }
  /** Stops it as Ctrl-C does; resolves to its exit status. */
  readonly stop: () => Promise<number | null>
}

/** One line of the Worker's log. */
export type LogLine = Readonly<Record<string, unknown>>

/**
 * Starts the program of `npm start` on free ports. Takes about two seconds, four with demo partners:
 * start one in `beforeAll` for the whole file. It ends with this process in any case.
 */
export async function startLocalEdge(options: LocalEdgeOptions = {}): Promise<LocalEdge> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'certbound-edge-')))
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'src/local-edge/main.ts'), ...argumentsOf(options, dataDir)],
    { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const output = { out: '', err: '' }
  child.stdout?.on('data', (text: Buffer) => {
    output.out += text.toString()
  })
  child.stderr?.on('data', (text: Buffer) => {
    output.err += text.toString()
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const stop = async (): Promise<number | null> => {
    child.kill('SIGINT')
    const code = await exited
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    return code
  }
  const hosts = await ready(child, exited)
  if (hosts === null) {
    await stop()
    throw new Error(`the local edge did not start:\n${output.err}`)
  }
  // The IPC message may arrive before the output.
  await waitFor(() => (output.out.includes('\nReady in') ? true : undefined), output)
  const log = (): LogLine[] => logLines(output.err)
  return {
    ...hosts,
    ...filesOf(dataDir),
    dataDir,
    pid: child.pid ?? 0,
    certbound: (...args) => certbound(...args, '--data-dir', dataDir),
    log,
    logged: (members) => waitFor(() => log().find((line) => hasAll(line, members)), output),
    output: () => ({ ...output }),
    stop,
  }
}

function argumentsOf(options: LocalEdgeOptions, dataDir: string): string[] {
  const rateLimit = options.rateLimit === undefined ? 1_000_000 : options.rateLimit
  return [
    '--port',
    '0',
    '--mtls-port',
    '0',
    '--data-dir',
    dataDir,
    ...(options.demo === false ? ['--no-demo'] : []),
    ...(options.edgeCas ?? []).flatMap((file) => ['--edge-ca', file]),
    ...(options.issuerPath === undefined ? [] : ['--issuer-path', options.issuerPath]),
    ...(rateLimit === null ? [] : ['--rate-limit', String(rateLimit)]),
    ...Object.entries(options.variables ?? {}).flatMap(([name, value]) => [
      '--var',
      `${name}=${value}`,
    ]),
    ...(options.args ?? []),
  ]
}

type Hosts = { readonly issuer: string; readonly mtlsOrigin: string }

/** The hosts that the child reports, or null if it ends before. */
async function ready(child: ChildProcess, exited: Promise<unknown>): Promise<Hosts | null> {
  const reported = once(child, 'message').then(([message]) => message as Hosts)
  return Promise.race([reported, exited.then(() => null)])
}

function filesOf(dataDir: string): Pick<LocalEdge, 'ca' | 'caFile' | 'partners'> {
  const files = dataFiles(dataDir)
  const partner = (clientId: string, certFile: string, keyFile: string): Partner => {
    const text = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
    return { clientId, certFile, keyFile, cert: text(certFile), key: text(keyFile) }
  }
  return {
    ca: readFileSync(files.serverCa, 'utf8'),
    caFile: files.serverCa,
    partners: {
      caIssued: partner('demo-ca-issued', files.caIssued, files.caIssuedKey),
      selfSigned: partner('demo-self-signed', files.selfSigned, files.selfSignedKey),
    },
  }
}

function logLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as LogLine] : []
    } catch {
      return [] // Incomplete so far.
    }
  })
}

const hasAll = (line: LogLine, members: LogLine): boolean =>
  Object.entries(members).every(([name, value]) => line[name] === value)

/** In milliseconds. */
const timeout = 5_000

async function waitFor<T>(find: () => T | undefined, output: { readonly err: string }): Promise<T> {
  const end = Date.now() + timeout
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`was not logged:\n${output.err.slice(-4000)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
