import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { commandOf, framed, logFiles, type ProxyProgram } from './frames.ts'

export type { ProxyProgram } from './frames.ts'

/** A running TLS terminator, in its own process group. */
export type RunningProxy = {
  readonly port: number
  /** Its output and log files so far. */
  readonly logs: () => string
  /** Stops it and its child processes. */
  readonly stop: () => Promise<void>
}

/**
 * Starts nginx, Apache httpd, HAProxy or Caddy from its Debian package, without root. Only settings
 * that keep its files in the folder are added to the configuration. It ends with this process.
 * @param configuration the content of nginx's `http` block, a part of httpd's configuration, or the
 *   whole file of HAProxy or Caddy
 * @param folder an existing empty folder for its files; the caller removes it
 * @param port the port on which the configuration listens
 * @throws Error with its logs if it does not listen in time
 */
export async function startProxy(
  program: ProxyProgram,
  configuration: string,
  folder: string,
  port: number,
): Promise<RunningProxy> {
  for (const [name, text] of Object.entries(framed(program, configuration, folder, port))) {
    await writeFile(join(folder, name), text, { mode: 0o600 })
  }
  const { command, args } = commandOf(program, folder)
  const env = { PATH: process.env.PATH ?? '', HOME: folder, XDG_DATA_HOME: folder }
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...env, XDG_CONFIG_HOME: folder },
    detached: true, // Its own process group, so that its child processes can be stopped too.
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const onOutput = (text: Buffer) => {
    output += text.toString()
  }
  child.stdout.on('data', onOutput)
  child.stderr.on('data', onOutput)
  const logs = () =>
    [output, ...logFiles(program).map((name) => textOf(join(folder, name)))].join('')
  const stop = stopper(child)
  if (!(await listens(child, port))) {
    await stop()
    throw new Error(`${program} does not listen on ${port}:\n${logs().slice(-4000)}`)
  }
  return { port, logs, stop }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** In milliseconds. Caddy on a busy machine takes seconds. */
const startTimeout = 15_000

async function listens(child: ChildProcess, port: number): Promise<boolean> {
  for (const end = Date.now() + startTimeout; Date.now() < end && child.exitCode === null; ) {
    if (await accepts(port)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

/** Sends SIGTERM to the process group, and SIGKILL two seconds later. */
function stopper(child: ChildProcess): () => Promise<void> {
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => resolve())
    child.on('error', () => resolve())
  })
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // The group has ended already.
    }
  }
  const kill = () => signal('SIGKILL')
  process.once('exit', kill)
  return async () => {
    signal('SIGTERM')
    const timer = setTimeout(kill, 2_000)
    await closed
    clearTimeout(timer)
    process.off('exit', kill)
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // Not written yet.
  }
}
