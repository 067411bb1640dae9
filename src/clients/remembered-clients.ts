import { type BoundedMemory, boundedMemory } from '../encoding/bounded-memory.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { DatedCopies } from '../stores/dated-copy.ts'
import type { Moment } from '../stores/moment.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import type { Client } from './client.ts'
import { type ClientRow, clientFromRow } from './client-row.ts'
import type { ClientStore } from './client-store.ts'

/** Finds clients, touching storage as seldom as is right. */
export interface ClientDirectory {
  /**
   * @returns the client, or why there is none
   * @throws StoreUnavailable where D1 does not answer and nothing recent enough is known
   */
  find(clientId: string, moment: Moment): Promise<Result<Client, UnknownClient>>
}

/** No such client, or so many strange names lately that this one is not looked up. */
export type UnknownClient = { readonly why: 'unknown' } | { readonly why: 'too_many_unknown' }

/** How long and how much an isolate remembers. Times in seconds. */
export type ClientMemory = {
  /** How long D1 is not asked again: the bound for disabling. */
  readonly fresh: number
  /** How long after D1 last spoke a copy may serve while D1 does not answer. */
  readonly staleIfError: number
  /** How many clients are remembered, and how many names that are none. */
  readonly capacity: number
  /** How many unknown names are looked up in D1 in {@link unknownWindow} seconds. */
  readonly unknownAllowed: number
}

/** The window for {@link ClientMemory.unknownAllowed}, in seconds. */
export const unknownWindow = 10

/** For so many seconds D1 is left alone after it failed. */
const pause = 2

type Remembered = { readonly client: Client; readonly asOf: number }

/**
 * The clients of a store, remembered in the isolate. Values are remembered, never promises: one
 * request's I/O cannot be awaited by another.
 * @param store the truth
 * @param copies what may serve while the truth is silent
 */
export function rememberedClients(
  store: ClientStore,
  copies: DatedCopies,
  memory: ClientMemory,
): ClientDirectory {
  const known: BoundedMemory<Remembered> = boundedMemory(memory.capacity)
  const unknown = boundedMemory<number>(memory.capacity) // apart: failures never push out successes
  const strangers = windowCount()
  let askAgainAt = Number.NEGATIVE_INFINITY

  async function ask(clientId: string, moment: Moment): Promise<Remembered | null> {
    if (moment.now < askAgainAt) throw new StoreUnavailable('D1 did not answer a moment ago')
    const row = await store.find(clientId).catch((fault: unknown) => {
      // A silent D1 costs its time limit once in a while, not once a request.
      askAgainAt = moment.now + pause
      throw fault
    })
    if (row === null) return null
    const remembered = { client: clientFromRow(row), asOf: moment.now }
    const copy = { asOf: moment.now, value: row }
    if (memory.staleIfError > 0) moment.defer(copies.write(copyName(clientId), copy))
    return remembered
  }

  async function recent(
    clientId: string,
    { now }: Moment,
    last: Remembered | undefined,
  ): Promise<Remembered | null> {
    if (last !== undefined && now - last.asOf <= memory.staleIfError) return last
    const copy = await copies.read(copyName(clientId), now)
    const client = copy === null ? null : clientFromCopy(copy.value, clientId)
    return copy === null || client === null ? null : { client, asOf: copy.asOf }
  }

  async function look(
    clientId: string,
    moment: Moment,
    last: Remembered | undefined,
  ): Promise<Result<Client, UnknownClient>> {
    const found = await ask(clientId, moment).catch(async (fault: unknown) => {
      const stale = fault instanceof StoreUnavailable ? await recent(clientId, moment, last) : null
      if (stale === null) throw fault
      return stale
    })
    if (found !== null) {
      known.set(clientId, found)
      return ok(found.client)
    }
    known.delete(clientId)
    unknown.set(clientId, moment.now)
    strangers.add(moment.now)
    return err({ why: 'unknown' })
  }

  return {
    async find(clientId, moment) {
      const { now } = moment
      const last = known.get(clientId)
      if (last !== undefined) {
        return now - last.asOf < memory.fresh ? ok(last.client) : look(clientId, moment, last)
      }
      const missedAt = unknown.get(clientId)
      if (missedAt !== undefined && now - missedAt < memory.fresh) return err({ why: 'unknown' })
      if (strangers.count(now) >= memory.unknownAllowed) return err({ why: 'too_many_unknown' })
      return look(clientId, moment, undefined)
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

/** Counts events in the current window of {@link unknownWindow} seconds. */
function windowCount(): { count(now: number): number; add(now: number): void } {
  let start = Number.NEGATIVE_INFINITY
  let events = 0
  const turn = (now: number): void => {
    if (now - start < unknownWindow) return
    start = now
    events = 0
  }
  return {
    count(now) {
      turn(now)
      return events
    },
    add(now) {
      turn(now)
      events++
    },
  }
}
