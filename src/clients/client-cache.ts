import { boundedCache } from '../encoding/bounded-cache.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { RequestContext } from '../request-context.ts'
import type { DatedCopies } from '../storage/dated-copy.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { Client } from './client.ts'
import type { ClientStore, StoredClient } from './client-store.ts'
import { isClientId } from './registration.ts'
import { type UnknownClientLimits, unknownClientLimiter } from './unknown-client-limiter.ts'

/** Finds clients with as few reads of storage as possible. */
export interface ClientCache {
  /** A fresh client from the cache; null on a miss: then {@link load} it. */
  get(clientId: string, now: number): Client | null
  /**
   * @param caller the caller's address, for the limit of unknown client_ids
   * @returns the client, or why there is none; the same object until something of it changes
   * @throws StoreUnavailable if D1 does not answer and no copy is recent enough
   */
  load(
    clientId: string,
    context: Pick<RequestContext, 'now' | 'defer'>,
    caller?: string,
  ): Promise<Result<Client, UnknownClient>>
}

/** There is no such client, or too many unknown client_ids were looked up recently to look this one up. */
export type UnknownClient = { readonly why: 'unknown' } | { readonly why: 'too_many_unknown' }

/** How long and how much an isolate caches. Times in seconds. */
export type ClientCacheSettings = UnknownClientLimits & {
  /** How long a client is used without asking D1: a disabled client stops working within this time. */
  readonly fresh: number
  /** How long after D1 last answered a stale client may be used while D1 fails. */
  readonly staleIfError: number
  /** How many clients of the usual size are cached, and how many unknown client_ids. */
  readonly capacity: number
}

/**
 * In characters of the serialized client: a larger client counts as several. The certificates of its
 * set are in it, and an isolate has 128 MB for everything.
 */
export const usualSize = 4096

/** In seconds: how long D1 is not asked again after it failed. */
const retryAfter = 2

type Cached = StoredClient & { readonly asOf: number }

/**
 * A cache of clients in the isolate. It holds values and never promises: a request cannot await the I/O
 * of another one.
 * @param store decides who is a client
 * @param copies used only while the store does not answer
 */
export function clientCache(
  store: ClientStore,
  copies: DatedCopies,
  settings: ClientCacheSettings,
): ClientCache {
  const { fresh, staleIfError, capacity } = settings
  const cached = boundedCache<Cached>(capacity, (_, { serialized }) =>
    Math.max(1, serialized.length / usualSize),
  )
  // Separate from the clients: unknown names must not push clients out.
  const unknown = boundedCache<number>(capacity)
  const limiter = unknownClientLimiter(settings)
  let retryAt = Number.NEGATIVE_INFINITY

  async function loadFresh(
    clientId: string,
    { now, defer }: Pick<RequestContext, 'now' | 'defer'>,
    last: Cached | undefined,
  ): Promise<Cached | null> {
    if (now < retryAt) throw new StoreUnavailable('D1 failed less than 2 seconds ago')
    const found = await store.find(clientId, last).catch((fault: unknown) => {
      // Without this every request would wait for the time limit of D1.
      if (fault instanceof StoreUnavailable) retryAt = now + retryAfter
      throw fault
    })
    if (found === null) return null
    const { client, serialized } = found
    if (staleIfError > 0) defer(copies.write(copyName(clientId), { asOf: now, value: serialized }))
    return { client, serialized, asOf: now }
  }

  async function loadStale(
    clientId: string,
    now: number,
    last: Cached | undefined,
  ): Promise<Cached | null> {
    if (last !== undefined && now - last.asOf <= staleIfError) return last
    const copy = await copies.read(copyName(clientId), now)
    // A copy must not bring back a client that D1 has since reported as removed.
    if (copy === null || copy.asOf <= (unknown.get(clientId) ?? Number.NEGATIVE_INFINITY)) {
      return null
    }
    const restored = restore(copy.value, clientId)
    return restored === null ? null : { ...restored, asOf: copy.asOf }
  }

  /** KV may hold anything: what is not a valid record of this client counts as no copy. */
  function restore(value: unknown, clientId: string): StoredClient | null {
    try {
      const restored = store.restore(String(value))
      return restored.client.client_id === clientId ? restored : null
    } catch {
      return null
    }
  }

  async function loadAny(
    clientId: string,
    context: Pick<RequestContext, 'now' | 'defer'>,
    last: Cached | undefined,
  ): Promise<Result<Client, UnknownClient>> {
    const found = await loadFresh(clientId, context, last).catch(async (fault: unknown) => {
      const unavailable = fault instanceof StoreUnavailable
      const stale = unavailable ? await loadStale(clientId, context.now, last) : null
      if (stale === null) throw fault
      return stale
    })
    if (found !== null) {
      cached.set(clientId, found)
      return ok(found.client)
    }
    cached.delete(clientId)
    unknown.set(clientId, context.now)
    return err({ why: 'unknown' })
  }

  const get = (clientId: string, now: number): Client | null => {
    const last = cached.get(clientId)
    return last !== undefined && now - last.asOf < fresh ? last.client : null
  }

  return {
    get,
    async load(clientId, context, caller = '') {
      const { now } = context
      // What cannot be a client_id is not looked up and takes no place in the cache.
      if (!isClientId(clientId)) return err({ why: 'unknown' })
      const client = get(clientId, now)
      if (client !== null) return ok(client)
      const last = cached.get(clientId)
      if (last !== undefined) return loadAny(clientId, context, last)
      const unknownAt = unknown.get(clientId)
      if (unknownAt !== undefined && now - unknownAt < fresh) return err({ why: 'unknown' })
      if (!limiter.allows(clientId, caller, now)) return err({ why: 'too_many_unknown' })
      let isUnknown = false
      try {
        const found = await loadAny(clientId, context, undefined)
        isUnknown = !found.ok
        return found
      } finally {
        if (!isUnknown) limiter.release(clientId)
      }
    },
  }
}

const copyName = (clientId: string): string => `client:${clientId}`
