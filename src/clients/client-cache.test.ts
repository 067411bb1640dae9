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
import { copyKey, kvCopies } from '../storage/dated-copy.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { type ClientDirectory, type ClientMemory, clientCache, usualRow } from './client-cache.ts'
import { InvalidClientRow } from './client-row.ts'
import { d1Clients } from './d1-clients.ts'

const start = 1_800_000_000
const lifetimes: ClientMemory = {
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
const isolate = (change: Partial<ClientMemory> = {}): ClientDirectory => {
  const memory = { ...lifetimes, ...change }
  return clientCache(d1Clients(d1.db), kvCopies(env.KV, memory.staleIfError), memory)
}

/** What an isolate says of a client at a second, and how often it asked D1 for that. */
async function ask(clients: ClientDirectory, second: number, clientId = 'acme') {
  const before = d1.asked
  const moment = { now: start + second, defer: (work: Promise<unknown>) => deferred.push(work) }
  const said = await clients.find(clientId, moment).then(
    (found) => (found.ok ? (found.value.enabled ? 'enabled' : 'disabled') : found.error.why),
    (fault: unknown) => {
      if (fault instanceof StoreUnavailable) return 'unavailable'
      throw fault
    },
  )
  await Promise.all(deferred.splice(0))
  return `${said} ${d1.asked - before}`
}

describe('a client in memory', () => {
  it('is asked for once while it is fresh', async () => {
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

  it('is one of a bounded number', async () => {
    const clients = isolate({ capacity: 1 })
    await register(db, { ...pkiClient, client_id: 'b', tls_client_auth_subject_dn: 'CN=b' })
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect(await ask(clients, 1, 'b')).toBe('enabled 1')
    expect(await ask(clients, 2)).toBe('enabled 1')
  })

  it.each([
    ['takes one place where its row is of the usual size', usualRow / 4, 'enabled 0'],
    ['takes the place of several where its row is larger', usualRow, 'enabled 1'],
  ])('%s', async (_, octets, other) => {
    const clients = isolate({ capacity: 3 })
    await addAnchors(db, 'large-ca', new Uint8Array(octets))
    const large = { client_id: 'b', trust_anchor_set: 'large-ca' }
    await register(db, { ...pkiClient, ...large })
    expect(await ask(clients, 0)).toBe('enabled 1')
    expect(await ask(clients, 1, 'b')).toBe('enabled 1')
    expect(await ask(clients, 2)).toBe(other)
  })

  it('is of no use where its row is not one of ours', async () => {
    await db.prepare("UPDATE clients SET scope = 'a  b'").run()
    await expect(ask(isolate(), 0)).rejects.toThrow(InvalidClientRow)
  })
})

describe('a name that is none', () => {
  it('is remembered', async () => {
    const clients = isolate()
    expect(await ask(clients, 0, 'nobody')).toBe('unknown 1')
    expect(await ask(clients, 29, 'nobody')).toBe('unknown 0')
    expect(await ask(clients, 30, 'nobody')).toBe('unknown 1')
  })

  it('is known within the bound once it is registered', async () => {
    const clients = isolate()
    expect(await ask(clients, 0, 'new')).toBe('unknown 1')
    await register(db, { ...pkiClient, client_id: 'new', tls_client_auth_subject_dn: 'CN=new' })
    expect(await ask(clients, 29, 'new')).toBe('unknown 0')
    expect(await ask(clients, 30, 'new')).toBe('enabled 1')
  })

  it.each([[''], ['a b'], ['acme\u0000'], ['é'], ['x'.repeat(129)], ['x'.repeat(100_000)]])(
    'is asked for nowhere if it can be none: %.20j',
    async (name) => expect(await ask(isolate(), 0, name)).toBe('unknown 0'),
  )
})

describe('a flood of names', () => {
  const flood = async (clients: ClientDirectory, second: number, count: number) => {
    const said: string[] = []
    for (let i = 0; i < count; i++) said.push(await ask(clients, second, `n${second}-${i}`))
    return said
  }

  it('is looked up ten times in ten seconds', async () => {
    const clients = isolate()
    const said = await flood(clients, 0, 100)
    expect(said.slice(0, 10)).toEqual(Array(10).fill('unknown 1'))
    expect(said.slice(10)).toEqual(Array(90).fill('too_many_unknown 0'))
    expect((await flood(clients, 9, 5)).join()).toBe(Array(5).fill('too_many_unknown 0').join())
    expect((await flood(clients, 10, 11)).filter((s) => s === 'unknown 1')).toHaveLength(10)
  })

  it('does not hinder clients in memory', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await flood(clients, 25, 100)
    expect(await ask(clients, 29)).toBe('enabled 0')
    expect(await ask(clients, 31)).toBe('enabled 1')
  })

  it('does not push clients out of memory', async () => {
    const clients = isolate({ capacity: 3, unknownAllowed: 100, unknownAllowedCaller: 100 })
    expect(await ask(clients, 0)).toBe('enabled 1')
    await flood(clients, 1, 50)
    expect(await ask(clients, 2)).toBe('enabled 0')
  })

  it('counts before D1 has answered', async () => {
    const clients = isolate()
    const said = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(clients, 0, `n${i}`)))
    expect(said.filter((s) => s.startsWith('unknown'))).toHaveLength(10)
    expect(said.filter((s) => s.startsWith('too_many_unknown'))).toHaveLength(40)
    expect(d1.asked).toBe(10)
  })

  it('is not what many requests of one client are, nor many clients', async () => {
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
  it('a client in memory serves as long as it may', async () => {
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

  it('a copy in KV serves another isolate as long as it may', async () => {
    expect(await ask(isolate(), 0)).toBe('enabled 1')
    d1.down = true
    const clients = isolate()
    expect(await ask(clients, 100)).toBe('enabled 1')
    expect(await ask(clients, 300)).toBe('enabled 1')
    expect(await ask(clients, 303)).toBe('unavailable 1')
  })

  it('no copy is no client', async () => {
    d1.down = true
    expect(await ask(isolate(), 0)).toBe('unavailable 1')
    expect(await ask(isolate(), 0, 'nobody')).toBe('unavailable 1')
  })

  it('nothing serves where the operator allows nothing', async () => {
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

  it('a client that D1 said is gone does not come back by an older copy', async () => {
    const clients = isolate()
    expect(await ask(clients, 0)).toBe('enabled 1')
    await remove(db, 'acme')
    expect(await ask(clients, 40)).toBe('unknown 1')
    d1.down = true
    expect(await ask(clients, 80)).toBe('unavailable 1')
    // An isolate that has not heard so believes the copy, within its bound.
    expect(await ask(isolate(), 80)).toBe('enabled 1')
  })

  it('a row that D1 has spoilt is not made good by a copy', async () => {
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
  ])('a copy %s is none', async (_, change) => {
    await ask(isolate(), 0)
    const { value } = (await env.KV.get(copyKey('client:acme'), 'json')) as {
      value: Record<string, unknown>
    }
    const write = (row: unknown) =>
      env.KV.put(copyKey('client:acme'), JSON.stringify({ asOf: start, value: row }))
    d1.down = true
    await write(change(value))
    expect(await ask(isolate(), 1)).toBe('unavailable 1')
    await write(value)
    expect(await ask(isolate(), 1)).toBe('enabled 1')
  })

  it('D1 is left alone for two seconds, and no longer under constant traffic', async () => {
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

  it('names that nobody could look up are no strangers', async () => {
    const clients = isolate()
    d1.down = true
    for (let i = 0; i < 20; i++) expect(await ask(clients, 0, `n${i}`)).toMatch(/^unavailable/)
    d1.down = false
    expect(await ask(clients, 2)).toBe('enabled 1')
  })
})
