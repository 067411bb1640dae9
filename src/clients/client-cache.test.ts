import { env } from 'cloudflare:workers'
import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  freshDatabase,
  type UnreliableDatabase,
  unreliable,
} from '../../test/support/worker/database.ts'
import {
  addAnchors,
  pkiClient,
  register,
  remove,
  setEnabled,
} from '../../test/support/worker/partners.ts'
import { d1Database } from '../storage/database.ts'
import { copyKey, kvCopies } from '../storage/dated-copy.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import {
  type ClientCache,
  type ClientCacheSettings,
  clientCache,
  usualSize,
} from './client-cache.ts'
import { InvalidClientRow } from './client-row.ts'
import { storedClients } from './client-store.ts'

const start = 1_800_000_000
const lifetimes: ClientCacheSettings = {
  fresh: 30,
  staleIfError: 300,
  capacity: 50,
  unknownAllowed: 10,
  unknownAllowedCaller: 10,
}

let db: D1Database
let d1: UnreliableDatabase
let deferred: Promise<unknown>[]

beforeEach(async () => {
  db = await freshDatabase()
  d1 = unreliable(db)
  deferred = []
  for (const { name } of (await env.KV.list()).keys) await env.KV.delete(name)
  await addAnchors(db, 'acme-ca', Uint8Array.of(1))
  await register(db, pkiClient)
})

/** A fresh isolate on D1 and KV. */
const isolate = (change: Partial<ClientCacheSettings> = {}): ClientCache => {
  const settings = { ...lifetimes, ...change }
  return clientCache(
    storedClients(d1Database(d1.db)),
    kvCopies(env.KV, settings.staleIfError),
    settings,
  )
}

/** The state of a client as an isolate finds it at a second, and how often it asked D1. */
async function ask(clients: ClientCache, second: number, clientId = 'acme') {
  const before = d1.asked
  const context = { now: start + second, defer: (work: Promise<unknown>) => deferred.push(work) }
  const result = await clients.load(clientId, context).then(
    (found) => (found.ok ? (found.value.enabled ? 'enabled' : 'disabled') : found.error.why),
    (fault: unknown) => {
      if (fault instanceof StoreUnavailable) return 'unavailable'
      throw fault
    },
  )
  await Promise.all(deferred.splice(0))
  return `${result} ${d1.asked - before}`
}

describe('a cached client', () => {
  it('is read once while it is fresh', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect(await ask(clients, 1)).toBe('enabled 0')
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 30)).toBe('enabled 1')
    expect(await ask(clients, 59)).toBe('enabled 0')
  })

  it('is disabled within the bound', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await setEnabled(db, 'acme', false)
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 30)).toBe('disabled 1')
    expect(await ask(clients, 31)).toBe('disabled 0')
    await setEnabled(db, 'acme', true)
    expect(await ask(clients, 60)).toBe('enabled 1')
  })

  it('is removed within the bound', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await remove(db, 'acme')
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 30)).toBe('unknown 1')
    expect(await ask(clients, 31)).toBe('unknown 0')
  })

  it('takes a place in a cache of limited size', async () => {
    const clients = isolate({ capacity: 1 })
    await register(db, { ...pkiClient, client_id: 'b', tls_client_auth_subject_dn: 'CN=b' })
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect(await ask(clients, 1, 'b')).toBe('enabled 1')
    expect(await ask(clients, 2)).toBe('enabled 1')
  })

  it.each([
    ['takes one place if it has the usual size', usualSize / 4, 'enabled 0'],
    ['takes several places if it is larger', usualSize, 'enabled 1'],
  ])('%s', async (_, octets, other) => {
    const clients = isolate({ capacity: 3 })
    await addAnchors(db, 'large-ca', new Uint8Array(octets))
    const large = { client_id: 'b', trust_anchor_set: 'large-ca' }
    await register(db, { ...pkiClient, ...large })
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect(await ask(clients, 1, 'b')).toBe('enabled 1')
    expect(await ask(clients, 2)).toBe(other)
  })

  it('is refused if its row is invalid', async () => {
    await db.prepare("UPDATE clients SET scope = 'a  b'").run()
    await expect(ask(isolate(), 0)).rejects.toThrow(InvalidClientRow)
  })
})

describe('an unknown client_id', () => {
  it('is cached', async () => {
    const clients = isolate()
    expect(await ask(clients, 0, 'unregistered')).toBe('unknown 1')
    expect(await ask(clients, 29, 'unregistered')).toBe('unknown 0')
    expect(await ask(clients, 30, 'unregistered')).toBe('unknown 1')
  })

  it('is found within the bound once it is registered', async () => {
    const clients = isolate()
    expect(await ask(clients, 0, 'new')).toBe('unknown 1')
    await register(db, { ...pkiClient, client_id: 'new', tls_client_auth_subject_dn: 'CN=new' })
    expect(await ask(clients, 29, 'new')).toBe('unknown 0')
    expect(await ask(clients, 30, 'new')).toBe('enabled 1')
  })

  it.each([[''], ['a b'], ['acme\u0000'], ['é'], ['x'.repeat(129)], ['x'.repeat(100_000)]])(
    'is not looked up if it cannot be a client_id: %.20j',
    async (name) => expect(await ask(isolate(), 0, name)).toBe('unknown 0'),
  )
})

describe('a flood of unknown client_ids', () => {
  const flood = async (clients: ClientCache, second: number, count: number) => {
    const results: string[] = []
    for (let i = 0; i < count; i++) results.push(await ask(clients, second, `n${second}-${i}`))
    return results
  }

  it('is looked up ten times in ten seconds', async () => {
    const clients = isolate()
    const results = await flood(clients, 0, 100)
    expect(results.slice(0, 10)).toEqual(Array(10).fill('unknown 1'))
    expect(results.slice(10)).toEqual(Array(90).fill('too_many_unknown 0'))
    expect((await flood(clients, 9, 5)).join()).toBe(Array(5).fill('too_many_unknown 0').join())
    expect((await flood(clients, 10, 11)).filter((s) => s === 'unknown 1')).toHaveLength(10)
  })

  it('does not block cached clients', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await flood(clients, 25, 100)
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 31)).toBe('enabled 1')
  })

  it('does not push clients out of the cache', async () => {
    const clients = isolate({ capacity: 3, unknownAllowed: 100, unknownAllowedCaller: 100 })
    expect(await ask(clients, 0)).toBe('enabled 1')
    await flood(clients, 1, 50)
    expect(await ask(clients, 2)).toBe('enabled 0')
  })

  it('counts before D1 has answered', async () => {
    const clients = isolate()
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(clients, 0, `n${i}`)),
    )
    expect(results.filter((s) => s.startsWith('unknown'))).toHaveLength(10)
    expect(results.filter((s) => s.startsWith('too_many_unknown'))).toHaveLength(40)
    expect(d1.asked).toBe(10)
  })

  it('does not count many requests of one client, nor many clients', async () => {
    const clients = isolate()
    expect(await Promise.all(Array.from({ length: 50 }, () => ask(clients, 0)))).toHaveLength(50)
    for (let i = 0; i < 20; i++) {
      const name = `c${i}`
      await register(db, {
        ...pkiClient,
        client_id: name,
        tls_client_auth_subject_dn: `CN=${name}`,
      })
      expect(await ask(clients, 1, name)).toBe('enabled 1')
    }
  })
})

describe('while D1 is down', () => {
  it('a cached client is used within the bound', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    d1.down = true
    await env.KV.delete('client:acme') // without a copy's help
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 30)).toBe('enabled 1')
    expect(await ask(clients, 300)).toBe('enabled 1')
    expect(await ask(clients, 303)).toBe('unavailable 1')
    d1.down = false
    expect(await ask(clients, 306)).toBe('enabled 1')
  })

  it('another isolate uses the copy in KV within the bound', async () => {
    expect(await ask(isolate(), 0)).toBe('enabled 1')
    d1.down = true
    const clients = isolate()
    expect(await ask(clients, 100)).toBe('enabled 1')
    expect(await ask(clients, 300)).toBe('enabled 1')
    expect(await ask(clients, 303)).toBe('unavailable 1')
  })

  it('a client without a copy is unavailable', async () => {
    d1.down = true
    expect(await ask(isolate(), 0)).toBe('unavailable 1')
    expect(await ask(isolate(), 0, 'unregistered')).toBe('unavailable 1')
  })

  it('no stale client is used if the operator allows none', async () => {
    const clients = isolate({ staleIfError: 0 })
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect((await env.KV.list()).keys).toEqual([])
    d1.down = true
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 30)).toBe('unavailable 1')
  })

  it('a disabled client stays disabled', async () => {
    await setEnabled(db, 'acme', false)
    expect(await ask(isolate(), 0)).toBe('disabled 1')
    d1.down = true
    expect(await ask(isolate(), 10)).toBe('disabled 1')
  })

  it('an older copy does not bring back a removed client', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await remove(db, 'acme')
    expect(await ask(clients, 40)).toBe('unknown 1')
    d1.down = true
    expect(await ask(clients, 80)).toBe('unavailable 1')
    // An isolate that did not see the removal uses the copy, within the bound.
    expect(await ask(isolate(), 80)).toBe('enabled 1')
  })

  it('a copy does not replace an invalid row', async () => {
    expect(await ask(isolate(), 0)).toBe('enabled 1')
    await db.prepare("UPDATE clients SET scope = 'a  b'").run()
    await expect(ask(isolate(), 40)).rejects.toThrow(InvalidClientRow)
  })

  it.each<[name: string, change: (row: Record<string, unknown>) => unknown]>([
    ['of another client', (row) => ({ ...row, client_id: 'other' })],
    ['that the parser does not accept', (row) => ({ ...row, scope: '"' })],
    ['with odd flags', (row) => ({ ...row, tls_client_certificate_bound_access_tokens: '1' })],
    ['without anchors', ({ trust_anchors: _, ...row }) => row],
    ['that is null', () => null],
    ['that is a text', () => 'x'],
  ])('a copy %s counts as no copy', async (_, change) => {
    await ask(isolate(), 0)
    const { value } = (await env.KV.get(copyKey('client:acme'), 'json')) as { value: string }
    const write = (row: unknown) =>
      env.KV.put(copyKey('client:acme'), JSON.stringify({ asOf: start, value: row }))
    d1.down = true
    await write(JSON.stringify(change(JSON.parse(value))))
    expect(await ask(isolate(), 1)).toBe('unavailable 1')
    await write(change(JSON.parse(value)))
    expect(await ask(isolate(), 1)).toBe('unavailable 1')
    await write(value)
    expect(await ask(isolate(), 1)).toBe('enabled 1')
  })

  it('D1 is asked again after two seconds, also under constant traffic', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    d1.down = true
    expect(await ask(clients, 100)).toBe('enabled 1')
    expect(await ask(clients, 100)).toBe('enabled 0')
    expect(await ask(clients, 101)).toBe('enabled 0')
    expect(await ask(clients, 101, 'other')).toBe('unavailable 0')
    expect(await ask(clients, 102)).toBe('enabled 1')
    expect(await ask(clients, 103)).toBe('enabled 0')
    d1.down = false
    expect(await ask(clients, 103)).toBe('enabled 0')
    expect(await ask(clients, 104)).toBe('enabled 1')
    expect(await ask(clients, 105)).toBe('enabled 0')
  })

  it('client_ids that D1 did not answer for do not count as unknown', async () => {
    const clients = isolate()
    d1.down = true
    for (let i = 0; i < 20; i++) expect(await ask(clients, 0, `n${i}`)).toMatch(/^unavailable/)
    d1.down = false
    expect(await ask(clients, 2)).toBe('enabled 1')
  })
})
