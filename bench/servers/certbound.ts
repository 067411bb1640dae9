import { randomBytes } from 'node:crypto'
import { origin } from '../load/requests.ts'
import { workerBundle } from './bundles.ts'
import { startWorkerd, type WorkerServer, type WorkerStart } from './workerd.ts'

/** How a Certbound is started. */
export type CertboundStart = Pick<WorkerStart, 'dataDir' | 'inspected'> & {
  /** CLIENT_MEMORY, in seconds. */
  readonly clientMemory: number
}

/** Starts the Worker as it is deployed, but for its hosts and keys. */
export async function startCertbound(start: CertboundStart): Promise<WorkerServer> {
  const { clientMemory, ...rest } = start
  return startWorkerd({
    ...{ ...rest, code: await workerBundle() },
    variables: {
      ISSUER: origin,
      MTLS_ORIGIN: origin,
      CLIENT_MEMORY: String(clientMemory),
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
    },
  })
}
