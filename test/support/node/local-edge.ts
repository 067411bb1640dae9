import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFiles } from '../../../src/local-edge/data-folder.ts'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { certbound, type Ended } from './certbound.ts'

/** How a local edge is to be started. Everything has a default. */
export type LocalEdgeWish = {
  /** Whether the demo partners are registered. Default true; without them it starts faster. */
  readonly demo?: boolean
  /** An existing data folder, which is kept. Default: a new one, which goes with the edge. */
  readonly dataDir?: string
  /** Worker variables in place of those of wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>
  /** PEM files of CAs that the edge itself knows. */
  readonly edgeCas?: readonly string[]
  /** Such as `/tenant`. */
  readonly issuerPath?: string
  /** Requests a minute; null for the limits of wrangler.toml. Default: more than any test sends. */
  readonly rateLimit?: number | null
  /** Further arguments of the local edge. */
  readonly args?: readonly string[]
}

/** A partner that is registered: its client_id, and PEM to show in the handshake. */
export type Partner = {
  readonly clientId: string
  /** The leaf, then the chain that is sent with it. */
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** A local edge that serves, in a process of its own. */
export type LocalEdge = {
  readonly issuer: string
  readonly mtlsOrigin: string
  readonly dataDir: string
  readonly pid: number
  /** PEM of the CA of the server's certificate, and the file of it. */
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
  readonly said: () => { readonly out: string; readonly err: string }
  /** Ends it as Ctrl-C would; resolves to its exit status. */
  readonly stop: () => Promise<number | null>
}

/** One line of the Worker's log. */
export type LogLine = Readonly<Record<string, unknown>>

/**
 * Starts `npm start`'s program on free ports. Takes about two seconds, four with demo partners: start
 * one in `beforeAll` and share it within the file. It ends with this process, whatever happens.
 */
export async function startLocalEdge(wish: LocalEdgeWish = {}): Promise<LocalEdge> {
  const dataDir = wish.dataDir ?? (await mkdtemp(join(tmpdir(), 'certbound-edge-')))
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'src/local-edge/main.ts'), ...argumentsOf(wish, dataDir)],
    { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const said = { out: '', err: '' }
  child.stdout?.on('data', (text: Buffer) => {
    said.out += text.toString()
  })
  child.stderr?.on('data', (text: Buffer) => {
    said.err += text.toString()
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const stop = async (): Promise<number | null> => {
    child.kill('SIGINT')
    const code = await exited
    if (wish.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    return code
  }
  const hosts = await ready(child, exited)
  if (hosts === null) {
    await stop()
    throw new Error(`the local edge did not start:\n${said.err}`)
  }
  // The channel may be faster than the pipe.
  await waitFor(() => (said.out.includes('\nReady in') ? true : undefined), said)
  const log = (): LogLine[] => logLines(said.err)
  return {
    ...hosts,
    ...filesOf(dataDir),
    dataDir,
    pid: child.pid ?? 0,
    certbound: (...args) => certbound(...args, '--data-dir', dataDir),
    log,
    logged: (members) => waitFor(() => log().find((line) => hasAll(line, members)), said),
    said: () => ({ ...said }),
    stop,
  }
}

function argumentsOf(wish: LocalEdgeWish, dataDir: string): string[] {
  const rateLimit = wish.rateLimit === undefined ? 1_000_000 : wish.rateLimit
  return [
    ...['--port', '0', '--mtls-port', '0', '--data-dir', dataDir],
    ...(wish.demo === false ? ['--no-demo'] : []),
    ...(wish.edgeCas ?? []).flatMap((file) => ['--edge-ca', file]),
    ...(wish.issuerPath === undefined ? [] : ['--issuer-path', wish.issuerPath]),
    ...(rateLimit === null ? [] : ['--rate-limit', String(rateLimit)]),
    ...Object.entries(wish.variables ?? {}).flatMap(([name, value]) => [
      '--var',
      `${name}=${value}`,
    ]),
    ...(wish.args ?? []),
  ]
}

type Hosts = { readonly issuer: string; readonly mtlsOrigin: string }

/** What the child tells of its hosts, or null where it ends before. */
async function ready(child: ChildProcess, exited: Promise<unknown>): Promise<Hosts | null> {
  const told = once(child, 'message').then(([message]) => message as Hosts)
  return Promise.race([told, exited.then(() => null)])
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
      return [] // Not whole yet.
    }
  })
}

const hasAll = (line: LogLine, members: LogLine): boolean =>
  Object.entries(members).every(([name, value]) => line[name] === value)

/** In milliseconds. */
const patience = 5_000

async function waitFor<T>(look: () => T | undefined, said: { readonly err: string }): Promise<T> {
  const end = Date.now() + patience
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`was not logged:\n${said.err.slice(-4000)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
