import type { KVNamespace } from '@cloudflare/workers-types'
import { fromStore } from './store-unavailable.ts'

/** A value together with the time (seconds since the epoch) at which it was read from D1. */
export type Dated<T> = { readonly asOf: number; readonly value: T }

/** Copies of what D1 said, for the time in which D1 says nothing. A fault of KV is silence. */
export interface DatedCopies {
  /** The copy under `name`, or null where there is none or it is older than `maxAge` seconds. */
  read(name: string, now: number): Promise<Dated<unknown> | null>
  /** Keeps a copy; at most one write a name in a third of `maxAge`, whatever the traffic. */
  write(name: string, copy: Dated<unknown>): Promise<void>
}

/** KV refuses a shorter life. */
const shortestKvLife = 60
const rememberedWrites = 10_000

/** The copies of a deployment that allows none (`STALE_IF_ERROR=0`). */
export const noCopies: DatedCopies = {
  read: async () => null,
  write: async () => {},
}

/**
 * Dated copies in KV.
 * @param maxAge seconds for which a copy may serve after D1 was read
 */
export function kvCopies(kv: KVNamespace, maxAge: number): DatedCopies {
  if (maxAge === 0) return noCopies
  const written = new Map<string, number>()
  return {
    async read(name, now) {
      const copy: unknown = await fromStore('KV', () => kv.get(name, 'json')).catch(() => null)
      return isDated(copy) && copy.asOf <= now && now - copy.asOf <= maxAge ? copy : null
    },
    async write(name, copy) {
      if (copy.asOf - (written.get(name) ?? Number.NEGATIVE_INFINITY) < maxAge / 3) return
      if (written.size >= rememberedWrites) written.clear()
      written.set(name, copy.asOf)
      const life = { expirationTtl: Math.max(shortestKvLife, maxAge) }
      // What was not kept is tried again by the next isolate: no difference to this request.
      await fromStore('KV', () => kv.put(name, JSON.stringify(copy), life)).catch(() => {})
    },
  }
}

const isDated = (value: unknown): value is Dated<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'asOf' in value &&
  Number.isSafeInteger(value.asOf) &&
  'value' in value
