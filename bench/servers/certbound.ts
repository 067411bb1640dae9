import { randomBytes } from 'node:crypto'
import { origin } from '../load/requests.ts'
import { workerBundle } from './bundles.ts'
import { startWorkerd, type WorkerServer, type WorkerStart } from './workerd.ts'

/** The options of {@link startCertbound}. */
export type CertboundStart = Pick<WorkerStart, 'dataDir' | 'inspected'> & {
  /** CLIENT_MEMORY, in seconds. */
  readonly clientMemory: number
}

/**
 * Rate limiters that count in memory. The platform counts on the serving machine too. The simulator asks
 * a Durable Object with an SQLite database instead, which takes a millisecond, five times the token.
 */
const entryModule = `
import worker from './worker.js'

const limiter = () => {
  const counts = new Map()
  return {
    limit({ key }) {
      const count = (counts.get(key) ?? 0) + 1
      if (counts.size > 10_000) counts.clear()
      counts.set(key, count)
      return Promise.resolve({ success: count < Number.MAX_SAFE_INTEGER })
    },
  }
}
const limiters = { RATE_LIMIT_ADDRESS: limiter(), RATE_LIMIT_CLIENT: limiter() }
let limited = null

export default {
  fetch(request, env, ctx) {
    limited ??= { ...env, ...limiters }
    return worker.fetch(request, limited, ctx)
  },
}
`

/** Starts the deployed Worker with other hosts, keys and rate limiters. */
export async function startCertbound(start: CertboundStart): Promise<WorkerServer> {
  const { clientMemory, ...rest } = start
  return startWorkerd({
    ...rest,
    modules: { 'entry.js': entryModule, 'worker.js': await workerBundle() },
    variables: {
      ISSUER: origin,
      MTLS_ORIGIN: origin,
      CLIENT_MEMORY: String(clientMemory),
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
    },
  })
}
