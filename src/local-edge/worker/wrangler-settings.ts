import { join } from 'node:path'
import { projectRoot } from '../../local-stores/project-root.ts'

type RateLimit = { namespace_id: string; simple: { limit: number; period: 10 | 60 } }

/** The bindings and flags of wrangler.toml, as miniflare takes them. */
export type WranglerSettings = {
  readonly bindings: Readonly<Record<string, string>>
  readonly compatibilityDate: string
  readonly compatibilityFlags: string[]
  readonly ratelimits: Record<string, RateLimit>
}

/** Reads wrangler.toml (and `.dev.vars`, where there is one) as `wrangler dev` would. */
export async function wranglerSettings(): Promise<WranglerSettings> {
  // It tells standard output where it found secrets, and misses ours, which come later.
  process.env.WRANGLER_LOG = 'none'
  process.env.WRANGLER_WRITE_LOGS = 'false'
  const { unstable_getMiniflareWorkerOptions: getWorkerOptions } = await import('wrangler')
  const { workerOptions } = getWorkerOptions(join(projectRoot, 'wrangler.toml'))
  const { bindings, compatibilityDate, compatibilityFlags, ratelimits } = workerOptions
  // Typed as anything at all over there; miniflare checks what it is given.
  return { bindings, compatibilityDate, compatibilityFlags, ratelimits } as WranglerSettings
}

/** The same rate limiters with another number of requests a minute. */
export const withRateLimit = (
  ratelimits: WranglerSettings['ratelimits'],
  limit: number,
): WranglerSettings['ratelimits'] =>
  Object.fromEntries(
    Object.entries(ratelimits).map(([name, each]) => [
      name,
      { ...each, simple: { limit, period: 60 } },
    ]),
  )
