import { err, ok, type Result } from '../encoding/result.ts'
import { makeFolder } from '../local-stores/make-folder.ts'
import { applySchema, schemaRefusalText } from '../local-stores/migrations.ts'
import { folderUsers } from '../local-stores/runtime-record.ts'
import type { LocalEdgeOptions } from './arguments.ts'
import { serverIdentity } from './certificates/server-certificate.ts'
import { edgeClientAuth, readEdgeCas } from './cf/edge-verdict.ts'
import { type DataFiles, dataFiles, keyEncryptionKeys } from './data-folder.ts'
import { createFront, type FrontOptions, type WorkerTarget } from './front/front.ts'
import { type LoopbackListener, listenOnLoopback } from './front/loopback.ts'
import { portOwner } from './front/port-owner.ts'
import { workerBundle } from './worker/bundle.ts'
import { startWorker, type WorkerRuntime } from './worker/runtime.ts'
import { startSchedule } from './worker/schedule.ts'

/** A running local edge. */
export type LocalEdge = {
  readonly issuer: string
  readonly mtlsOrigin: string
  readonly files: DataFiles
  readonly db: WorkerRuntime['db']
  /** Runs the Worker's scheduled handler now. */
  readonly runScheduled: () => Promise<void>
  /** Closes the listeners, then stops workerd. May be called more than once. */
  readonly stop: () => Promise<void>
}

type StartOptions = Omit<LocalEdgeOptions, 'help' | 'once' | 'demo'>

const nowInSeconds = (): number => Math.floor(Date.now() / 1000)

/**
 * Starts the listeners and the Worker on a data folder, which is created if it does not exist.
 * @param onLog gets each line that the Worker logs
 * @returns the running local edge, or a message that says why it cannot start
 */
export async function startLocalEdge(
  options: StartOptions,
  onLog: (line: string) => void,
): Promise<Result<LocalEdge, string>> {
  const conflict = folderConflict(options.dataDir)
  if (conflict !== null) return err(conflict)
  const edgeCas = await readEdgeCas(options.edgeCas)
  if (!edgeCas.ok) return edgeCas
  const folder = await makeFolder(options.dataDir)
  if (!folder.ok) return err(`--data-dir: ${folder.error}`)
  const files = dataFiles(options.dataDir)
  const code = workerBundle()
  code.catch(() => {}) // Awaited below, unless the listeners fail first.
  const worker = Promise.withResolvers<WorkerRuntime>()
  worker.promise.catch(() => {}) // Requests that wait for the Worker get the error.
  const listeners = await listenOnBothPorts(options, {
    identity: await serverIdentity(files, nowInSeconds()),
    clientAuth: edgeClientAuth(edgeCas.value, nowInSeconds),
    worker: async () => targetOf(await worker.promise),
  })
  if (!listeners.ok) return listeners
  const { plain, mtls } = listeners.value
  const issuer = `https://localhost:${plain.port}${options.issuerPath}`
  const mtlsOrigin = `https://localhost:${mtls.port}`
  try {
    const { dataDir, rateLimit } = options
    const variables = {
      ISSUER: issuer,
      MTLS_ORIGIN: mtlsOrigin,
      ...(await keyEncryptionKeys(files)),
      ...options.variables,
    }
    const runtime = await startWorker({ dataDir, code: await code, variables, rateLimit, onLog })
    await createTables(runtime, dataDir)
    worker.resolve(runtime)
    return ok({ issuer, mtlsOrigin, files, ...runningEdge(runtime, listeners.value, onLog) })
  } catch (error) {
    worker.reject(error)
    await closeBoth(listeners.value)
    if (error instanceof UnusableDatabase) return err(error.message)
    throw error
  }
}

/**
 * Whether another process prevents a local edge on a data folder: another local edge, or a workerd
 * that a killed local edge has left behind and that still uses the storage.
 * @returns a message that names the process and what to do, or null
 */
function folderConflict(dataDir: string): string | null {
  const users = folderUsers(dataDir)
  const other = users.find((user) => user.running && user.purpose === 'local edge')
  if (other !== undefined) {
    return (
      `another local edge runs on ${dataDir} (process ${other.pid})\n` +
      `  stop it (kill ${other.pid}), or choose another folder with --data-dir`
    )
  }
  const orphans = users.filter((user) => !user.running).flatMap((user) => user.runtimes)
  if (orphans.length === 0) return null
  return (
    `a local edge was killed and left workerd running, which still uses ${dataDir} ` +
    `(process ${orphans.join(', ')})\n  stop it first: kill ${orphans.join(' ')}`
  )
}

async function targetOf({ url, sourceHeaders }: WorkerRuntime): Promise<WorkerTarget> {
  return { origin: await url(), sourceHeaders }
}

/** Starts the schedule. `stop` closes the listeners first, so that no request meets a stopped Worker. */
function runningEdge(
  runtime: WorkerRuntime,
  listeners: Listeners,
  onLog: (line: string) => void,
): Pick<LocalEdge, 'db' | 'runScheduled' | 'stop'> {
  const schedule = startSchedule(runtime.runScheduled, onLog)
  let stopped: Promise<void> | null = null
  const stopAll = async (): Promise<void> => {
    await closeBoth(listeners)
    await schedule.stop()
    await runtime.dispose()
  }
  const stop = (): Promise<void> => {
    stopped ??= stopAll()
    return stopped
  }
  return { db: runtime.db, runScheduled: schedule.runNow, stop }
}

/** This version cannot use the tables of the database. The message says what to do. */
class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase'
}

/** Creates the tables in an empty database. Stops the runtime if that fails. */
async function createTables(runtime: WorkerRuntime, dataDir: string): Promise<void> {
  try {
    const schema = await applySchema(runtime.db)
    if (!schema.ok)
      throw new UnusableDatabase(schemaRefusalText(schema.error, `the database in ${dataDir}`))
  } catch (error) {
    await runtime.dispose()
    throw error
  }
}

type Listeners = { readonly plain: LoopbackListener; readonly mtls: LoopbackListener }

async function closeBoth({ plain, mtls }: Listeners): Promise<void> {
  await Promise.all([plain.close(), mtls.close()])
}

async function listenOnBothPorts(
  { port, mtlsPort }: StartOptions,
  options: Omit<FrontOptions, 'requestCertificate'>,
): Promise<Result<Listeners, string>> {
  const front = (requestCertificate: boolean) => () =>
    createFront({ ...options, requestCertificate })
  const plain = await listenOnLoopback(front(false), port)
  if (!plain.ok) return err(portInUse(port, '--port'))
  const mtls = await listenOnLoopback(front(true), mtlsPort)
  if (mtls.ok) return ok({ plain: plain.value, mtls: mtls.value })
  await plain.value.close()
  return err(portInUse(mtlsPort, '--mtls-port'))
}

function portInUse(port: number, option: string): string {
  const owner = portOwner(port)
  const user = owner === null ? 'another process' : `process ${owner}`
  return `port ${port} is in use by ${user}\n  stop it, or choose another port with ${option}`
}
