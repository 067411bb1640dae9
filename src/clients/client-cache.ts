import { type BoundedCache, boundedCache } from '../encoding/bounded-cache.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { RequestContext } from '../request-context.ts'
import type { DatedCopies } from '../storage/dated-copy.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { Client } from './client.ts'
import { type ClientRow, clientFromRow } from './client-row.ts'
import type { ClientStore } from './client-store.ts'
import { isClientId } from './registration.ts'
import { type StrangerLimits, strangersLately } from './unknown-client-limiter.ts'

/** What finding a client needs of a request. */
type Context = Pick<RequestContext, 'now' | 'defer'>

/** Finds clients, touching storage as seldom as is right. */
export interface ClientDirectory {
  /** The client, where that can be said without asking anybody; null: {@link find} it. */
  remembered(clientId: string, now: number): Client | null
  /**
   * @returns the client, or why there is none; the same object for as long as nothing of it changed
   * @param caller an address: the unknown names that come from one count together
   * @throws StoreUnavailable where D1 does not answer and nothing recent enough is known
   */
  find(clientId: string, context: Context, caller?: string): Promise<Result<Client, UnknownClient>>
}

/** No such client, or so many strange names lately that this one is not looked up. */
export type UnknownClient = { readonly why: 'unknown' } | { readonly why: 'too_many_unknown' }

/** How long and how much an isolate remembers. Times in seconds. */
export type ClientMemory = StrangerLimits & {
  /** How long D1 is not asked again: the bound for disabling. */
  readonly fresh: number
  /** How long after D1 last spoke a copy may serve while D1 does not answer. */
  readonly staleIfError: number
  /**
   * How many clients of the usual size are remembered, and how many names that are none; a larger one
   * takes the place of several.
   */
  readonly capacity: number
}

/**
 * In characters of a row: the usual size is not above that. Rows have their set's certificates in them
 * and may be a hundred times as large; an isolate has 128 MB for everything.
 */
export const usualRow = 4096

/** For so many seconds D1 is left alone after it failed. */
const pause = 2

type Remembered = {
  readonly client: Client
  /** The row it was read from: the same row again is the same client, the very object. */
  readonly row: string
  readonly asOf: number
}

/**
 * The clients of a store, remembered in the isolate. Values are remembered, never promises: one
 * request's I/O cannot be awaited by another.
 * @param store the truth
 * @param copies what may serve while the truth is silent
 */
export function clientCache(
  store: ClientStore,
  copies: DatedCopies,
  memory: ClientMemory,
): ClientDirectory {
  const known: BoundedCache<Remembered> = boundedCache(memory.capacity, (_, { row }) =>
    Math.max(1, row.length / usualRow),
  )
  const unknown = boundedCache<number>(memory.capacity) // apart: failures never push out successes
  const strangers = strangersLately(memory)
  let askAgainAt = Number.NEGATIVE_INFINITY

  async function ask(
    clientId: string,
    context: Context,
    last: Remembered | undefined,
  ): Promise<Remembered | null> {
    if (context.now < askAgainAt) throw new StoreUnavailable('D1 did not answer a moment ago')
    const row = await store.find(clientId).catch((fault: unknown) => {
      // A silent D1 costs its time limit once in a while, not once a request.
      askAgainAt = context.now + pause
      throw fault
    })
    if (row === null) return null
    const text = JSON.stringify(row)
    const client = last?.row === text ? last.client : clientFromRow(row)
    const copy = { asOf: context.now, value: row }
    if (memory.staleIfError > 0) context.defer(copies.write(copyName(clientId), copy))
    return { client, row: text, asOf: context.now }
  }

  async function recent(
    clientId: string,
    { now }: Context,
    last: Remembered | undefined,
  ): Promise<Remembered | null> {
    if (last !== undefined && now - last.asOf <= memory.staleIfError) return last
    const copy = await copies.read(copyName(clientId), now)
    // A client that D1 has said is gone does not come back by an older copy.
    if (copy === null || copy.asOf <= (unknown.get(clientId) ?? Number.NEGATIVE_INFINITY)) {
      return null
    }
    const client = clientFromCopy(copy.value, clientId)
    return client === null ? null : { client, row: JSON.stringify(copy.value), asOf: copy.asOf }
  }

  async function look(
    clientId: string,
    context: Context,
    last: Remembered | undefined,
  ): Promise<Result<Client, UnknownClient>> {
    const found = await ask(clientId, context, last).catch(async (fault: unknown) => {
      const stale = fault instanceof StoreUnavailable ? await recent(clientId, context, last) : null
      if (stale === null) throw fault
      return stale
    })
    if (found !== null) {
      known.set(clientId, found)
      return ok(found.client)
    }
    known.delete(clientId)
    unknown.set(clientId, context.now)
    return err({ why: 'unknown' })
  }

  /** Looks for a name that is not remembered: with so many that are none, not for every one. */
  async function meet(
    clientId: string,
    context: Context,
    caller: string,
  ): Promise<Result<Client, UnknownClient>> {
    if (!strangers.admits(clientId, caller, context.now)) return err({ why: 'too_many_unknown' })
    let stranger = false
    try {
      const found = await look(clientId, context, undefined)
      stranger = !found.ok
      return found
    } finally {
      if (!stranger) strangers.forget(clientId)
    }
  }

  const remembered = (clientId: string, now: number): Client | null => {
    const last = known.get(clientId)
    return last !== undefined && now - last.asOf < memory.fresh ? last.client : null
  }

  return {
    remembered,
    async find(clientId, context, caller = '') {
      const { now } = context
      // What can be no client's name is looked up nowhere, and no memory is spent on it.
      if (!isClientId(clientId)) return err({ why: 'unknown' })
      const client = remembered(clientId, now)
      if (client !== null) return ok(client)
      const last = known.get(clientId)
      if (last !== undefined) return look(clientId, context, last)
      const missedAt = unknown.get(clientId)
      if (missedAt !== undefined && now - missedAt < memory.fresh) return err({ why: 'unknown' })
      return meet(clientId, context, caller)
    },
  }
}

/** KV may hold anything: what is not a good row of this client is no copy. */
function clientFromCopy(value: unknown, clientId: string): Client | null {
  try {
    const client = clientFromRow(value as ClientRow)
    return client.client_id === clientId ? client : null
  } catch {
    return null
  }
}

const copyName = (clientId: string): string => `client:${clientId}`
