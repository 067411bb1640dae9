import { join } from 'node:path'
import { projectRoot } from '../../local-stores/project-root.ts'

type RateLimit = { namespace_id: string; simple: { limit: number; period: 10 | 60 } }

/** The bindings and flags of wrangler.toml, in miniflare's form. */
export type WranglerSettings = {
  readonly bindings: Readonly<Record<string, string>>
  readonly compatibilityDate: string
  readonly compatibilityFlags: string[]
  readonly ratelimits: Record<string, RateLimit>
}

/** Reads wrangler.toml, and `.dev.vars` if it exists, as `wrangler dev` does. */
export async function wranglerSettings(): Promise<WranglerSettings> {
  // Otherwise wrangler prints that secrets are missing: the local edge adds them later.
  process.env.WRANGLER_LOG = 'none'
  process.env.WRANGLER_WRITE_LOGS = 'false'
  const { unstable_getMiniflareWorkerOptions: getWorkerOptions } = await import('wrangler')
  const { workerOptions } = getWorkerOptions(join(projectRoot, 'wrangler.toml'))
  const { bindings, compatibilityDate, compatibilityFlags, ratelimits } = workerOptions
  // wrangler types these as `any`; miniflare validates them.
  return { bindings, compatibilityDate, compatibilityFlags, ratelimits } as WranglerSettings
}

/** Rate limiters with another number of requests a minute; null: the same. */
export const withRateLimit = (
  ratelimits: WranglerSettings['ratelimits'],
  limit: number | null,
): WranglerSettings['ratelimits'] =>
  Object.fromEntries(
    Object.entries(ratelimits).map(([name, each]) => [
      name,
      limit === null ? each : { ...each, simple: { limit, period: 60 } },
    ]),
  )
