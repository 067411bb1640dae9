import { err, ok, type Result } from '../encoding/result.ts'
import { makeFolder } from '../local-stores/make-folder.ts'
import { applySchema, schemaRefusalText } from '../local-stores/migrations.ts'
import type { LocalEdgeArguments } from './arguments.ts'
import { serverIdentity } from './certificates/server-certificate.ts'
import { edgeJudge, readAuthorities } from './cf/edge-authorities.ts'
import { type DataFiles, dataFiles, keyEncryptionKeys } from './data-folder.ts'
import { whoIsInTheWay } from './folder-check.ts'
import { createFront, type FrontOptions, type WorkerBehind } from './front/front.ts'
import { type LoopbackListener, listenOnLoopback } from './front/loopback.ts'
import { portOwner } from './front/port-owner.ts'
import { workerBundle } from './worker/bundle.ts'
import { startWorker, type WorkerRuntime } from './worker/runtime.ts'
import { keepScheduled } from './worker/schedule.ts'

/** A local edge that serves. */
export type LocalEdge = {
  readonly issuer: string
  readonly mtlsOrigin: string
  readonly files: DataFiles
  readonly db: WorkerRuntime['db']
  /** Runs the Worker's scheduled handler now. */
  readonly runScheduled: () => Promise<void>
  /** Ends the listeners, then workerd. May be called again. */
  readonly stop: () => Promise<void>
}

type Settings = Pick<
  LocalEdgeArguments,
  'dataDir' | 'port' | 'mtlsPort' | 'edgeCas' | 'issuerPath' | 'variables' | 'rateLimit'
>

const nowInSeconds = (): number => Math.floor(Date.now() / 1000)

/**
 * Starts listeners and Worker on a data folder, which is made where there is none.
 * @param onLog takes the Worker's log lines
 * @returns what serves now, or in words why nothing does
 */
export async function startLocalEdge(
  settings: Settings,
  onLog: (line: string) => void,
): Promise<Result<LocalEdge, string>> {
  const inTheWay = whoIsInTheWay(settings.dataDir)
  if (inTheWay !== null) return err(inTheWay)
  const authorities = await readAuthorities(settings.edgeCas)
  if (!authorities.ok) return authorities
  const folder = await makeFolder(settings.dataDir)
  if (!folder.ok) return err(`--data-dir: ${folder.error}`)
  const files = dataFiles(settings.dataDir)
  const code = workerBundle()
  code.catch(() => {}) // It is awaited below; the listeners may fail before.
  const worker = Promise.withResolvers<WorkerRuntime>()
  worker.promise.catch(() => {}) // Each request that waits for it is told.
  const listeners = await listenBoth(settings, {
    identity: await serverIdentity(files, nowInSeconds()),
    judge: edgeJudge(authorities.value, nowInSeconds),
    worker: async () => behind(await worker.promise),
  })
  if (!listeners.ok) return listeners
  const hosts = {
    issuer: `https://localhost:${listeners.value.plain.port}${settings.issuerPath}`,
    mtlsOrigin: `https://localhost:${listeners.value.mtls.port}`,
  }
  try {
    const secrets = await keyEncryptionKeys(files)
    const variables = {
      ...{ ISSUER: hosts.issuer, MTLS_ORIGIN: hosts.mtlsOrigin },
      ...secrets,
      ...settings.variables,
    }
    const { dataDir, rateLimit } = settings
    const runtime = await startWorker({ dataDir, code: await code, variables, rateLimit, onLog })
    await withTables(runtime, dataDir)
    worker.resolve(runtime)
    return ok({ ...hosts, files, ...serving(runtime, listeners.value, onLog) })
  } catch (fault) {
    worker.reject(fault)
    await closeBoth(listeners.value)
    if (fault instanceof UnusableDatabase) return err(fault.message)
    throw fault
  }
}

async function behind({ url, sourceHeaders }: WorkerRuntime): Promise<WorkerBehind> {
  return { origin: await url(), sourceHeaders }
}

/** Begins the schedule; what ends it all ends the listeners first. */
function serving(
  runtime: WorkerRuntime,
  listeners: Both,
  onLog: (line: string) => void,
): Pick<LocalEdge, 'db' | 'runScheduled' | 'stop'> {
  const schedule = keepScheduled(runtime.runScheduled, onLog)
  const stop = once(async () => {
    await closeBoth(listeners)
    await schedule.stop()
    await runtime.dispose()
  })
  return { db: runtime.db, runScheduled: schedule.runNow, stop }
}

/** The database has tables that this version cannot use; the message says what to do. */
class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase'
}

/** Makes the tables where there are none. The runtime is gone where that fails. */
async function withTables(runtime: WorkerRuntime, dataDir: string): Promise<void> {
  try {
    const schema = await applySchema(runtime.db)
    if (!schema.ok)
      throw new UnusableDatabase(schemaRefusalText(schema.error, `the database in ${dataDir}`))
  } catch (fault) {
    await runtime.dispose()
    throw fault
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => {
    done ??= work()
    return done
  }
}

type Both = { readonly plain: LoopbackListener; readonly mtls: LoopbackListener }

async function closeBoth({ plain, mtls }: Both): Promise<void> {
  await Promise.all([plain.close(), mtls.close()])
}

async function listenBoth(
  { port, mtlsPort }: Settings,
  options: Omit<FrontOptions, 'requestCertificate'>,
): Promise<Result<Both, string>> {
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
  const who = owner === null ? 'another process' : `process ${owner}`
  return `port ${port} is in use by ${who}\n  stop it, or choose another port with ${option}`
}
