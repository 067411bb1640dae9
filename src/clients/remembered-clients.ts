import { type BoundedMemory, boundedMemory } from '../encoding/bounded-memory.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { DatedCopies } from '../stores/dated-copy.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import type { Client } from './client.ts'
import { type ClientRow, clientFromRow } from './client-row.ts'
import type { ClientStore } from './client-store.ts'

/** What one request brings: its time (seconds since the epoch), and work that may outlive it. */
export type Moment = {
  readonly now: number
  readonly defer: (work: Promise<unknown>) => void
}

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

  async function ask(clientId: string, moment: Moment): Promise<Remembered | null> {
    const row = await store.find(clientId)
    if (row === null) return null
    const remembered = { client: clientFromRow(row), asOf: moment.now }
    const copy = { asOf: moment.now, value: row }
    if (memory.staleIfError > 0) moment.defer(copies.write(copyName(clientId), copy))
    return remembered
  }

  async function recent(
    clientId: string,
    now: number,
    last: Remembered | undefined,
  ): Promise<Remembered | null> {
    if (last !== undefined && now - last.asOf <= memory.staleIfError) return last
    const copy = await copies.read(copyName(clientId), now)
    if (copy === null || now - copy.asOf > memory.staleIfError) return null
    return { client: clientFromRow(copy.value as ClientRow), asOf: copy.asOf }
  }

  return {
    async find(clientId, moment) {
      const { now } = moment
      const last = known.get(clientId)
      if (last !== undefined && now - last.asOf < memory.fresh) return ok(last.client)
      if (last === undefined) {
        if (now - (unknown.get(clientId) ?? Number.NEGATIVE_INFINITY) < memory.fresh) {
          return err({ why: 'unknown' })
        }
        if (strangers.count(now) >= memory.unknownAllowed) return err({ why: 'too_many_unknown' })
      }
      try {
        const found = await ask(clientId, moment)
        if (found !== null) {
          known.set(clientId, found)
          return ok(found.client)
        }
        known.delete(clientId)
        unknown.set(clientId, now)
        strangers.add(now)
        return err({ why: 'unknown' })
      } catch (fault) {
        if (!(fault instanceof StoreUnavailable)) throw fault
        const found = await recent(clientId, now, last)
        if (found === null) throw fault
        known.set(clientId, found)
        return ok(found.client)
      }
    },
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
