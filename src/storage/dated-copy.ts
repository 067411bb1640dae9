import type { KVNamespace } from '@cloudflare/workers-types'
import * as v from 'valibot'
import { schemaVersion } from './schema-version.ts'
import { fromStore } from './store-unavailable.ts'

/** A value together with the time (seconds since the epoch) at which it was read from D1. */
export type Dated<T> = { readonly asOf: number; readonly value: T }

/** Copies of values from D1, for the time in which D1 does not answer. KV errors count as a cache miss. */
export interface DatedCopies {
  /** The copy under `name`; null if there is none or if it is older than `maxAge` seconds. */
  read(name: string, now: number): Promise<Dated<unknown> | null>
  /** Stores a copy, at most once per name in a third of `maxAge`, however many requests there are. */
  write(name: string, copy: Dated<unknown>): Promise<void>
}

/** KV refuses a shorter time to live (seconds). */
const minKvTtl = 60
const maxTrackedNames = 10_000

/** For `STALE_IF_ERROR=0`: stores and returns nothing. */
export const noCopies: DatedCopies = {
  read: async () => null,
  write: async () => {},
}

/**
 * The key of a copy in KV. It contains the schema version, because a copy has the form of one schema: a
 * Worker of another schema must not read it.
 */
export const copyKey = (name: string): string => `schema-${schemaVersion}:${name}`

const datedSchema = v.object({ asOf: v.pipe(v.number(), v.safeInteger()), value: v.unknown() })

/**
 * Dated copies in KV.
 * @param maxAge seconds for which a copy may be used after D1 was read
 * @param prefix keeps these copies apart from others with the same names
 */
export function kvCopies(kv: KVNamespace, maxAge: number, prefix = ''): DatedCopies {
  if (maxAge === 0) return noCopies
  const writtenAt = new Map<string, number>()
  return {
    async read(name, now) {
      const stored: unknown = await fromStore('KV', () =>
        kv.get(copyKey(prefix + name), 'json'),
      ).catch(() => null)
      if (!v.is(datedSchema, stored)) return null
      return stored.asOf <= now && now - stored.asOf <= maxAge ? stored : null
    },
    async write(name, copy) {
      if (copy.asOf - (writtenAt.get(name) ?? Number.NEGATIVE_INFINITY) < maxAge / 3) return
      if (writtenAt.size >= maxTrackedNames) writtenAt.clear()
      writtenAt.set(name, copy.asOf)
      const options = { expirationTtl: Math.max(minKvTtl, maxAge) }
      // If this fails, the next isolate tries again: the request does not need the copy.
      await fromStore('KV', () =>
        kv.put(copyKey(prefix + name), JSON.stringify(copy), options),
      ).catch(() => {})
    },
  }
}
