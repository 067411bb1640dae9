import { env } from 'cloudflare:workers'
import type { KVNamespace } from '@cloudflare/workers-types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { kvCopies } from './dated-copy.ts'

const now = 1_800_000_000
const maxAge = 300
const kv: KVNamespace = env.KV

beforeEach(async () => {
  for (const { name } of (await kv.list()).keys) await kv.delete(name)
})
afterEach(() => void vi.useRealTimers())

const copies = () => kvCopies(kv, maxAge)
const copy = (asOf: number, value: unknown = { a: 1 }) => ({ asOf, value })

describe('a copy in KV', () => {
  it('is what was written', async () => {
    await copies().write('a', copy(now))
    expect(await copies().read('a', now)).toEqual(copy(now))
    expect(await copies().read('b', now)).toBeNull()
  })

  it('serves until it is too old, whatever KV still holds', async () => {
    await copies().write('a', copy(now))
    expect(await copies().read('a', now + maxAge)).toEqual(copy(now))
    expect(await copies().read('a', now + maxAge + 1)).toBeNull()
    expect(await copies().read('a', now - 1)).toBeNull() // a date to come is no date
  })

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a date', '{"value":1}'],
    ['without a value', `{"asOf":${now}}`],
    ['with a text for a date', `{"asOf":"${now}","value":1}`],
    ['with a fraction for a date', `{"asOf":${now}.5,"value":1}`],
    ['with no number for a date', '{"asOf":null,"value":1}'],
  ])('is none: %s', async (_, text) => {
    await kv.put('a', text)
    expect(await copies().read('a', now)).toBeNull()
  })

  it('lives as long as it may serve', async () => {
    await copies().write('a', copy(now))
    await kvCopies(kv, 7).write('b', copy(now))
    const { keys } = await kv.list()
    const inSeconds = (expiration = 0) => expiration - Date.now() / 1000
    expect(inSeconds(keys.find(({ name }) => name === 'a')?.expiration)).toBeCloseTo(300, -1)
    // KV takes no shorter life than a minute.
    expect(inSeconds(keys.find(({ name }) => name === 'b')?.expiration)).toBeCloseTo(60, -1)
  })
})

describe('writing', () => {
  const counting = () => {
    const writes: string[] = []
    const put = async (name: string) => void writes.push(name)
    return { writes, copies: kvCopies({ put } as unknown as KVNamespace, maxAge) }
  }

  it('is done once in a third of the age, for each name', async () => {
    const { writes, copies } = counting()
    for (let second = 0; second <= 100; second++) {
      await copies.write('a', copy(now + second))
      await copies.write('b', copy(now + second))
    }
    expect(writes).toEqual(['a', 'b', 'a', 'b'])
  })

  it('forgets whom it wrote rather than growing', async () => {
    const { writes, copies } = counting()
    for (let i = 0; i <= 10_000; i++) await copies.write(`n${i}`, copy(now))
    await copies.write('n10000', copy(now))
    expect(writes).toHaveLength(10_001)
    await copies.write('n0', copy(now))
    expect(writes).toHaveLength(10_002)
  })
})

describe('without KV', () => {
  const down = (operation: () => Promise<never>) =>
    kvCopies({ get: operation, put: operation } as unknown as KVNamespace, maxAge)

  it.each([
    ['failing', () => Promise.reject(new Error('KV GET failed'))],
    [
      'throwing',
      () => {
        throw new Error('KV GET failed')
      },
    ],
  ])('%s is silence', async (_, operation) => {
    expect(await down(operation).read('a', now)).toBeNull()
    await down(operation).write('a', copy(now))
  })

  it('hanging is silence after a while', async () => {
    vi.useFakeTimers()
    const hanging = down(() => new Promise(() => {}))
    const both = Promise.all([hanging.read('a', now), hanging.write('a', copy(now))])
    await vi.advanceTimersByTimeAsync(3000)
    expect(await both).toEqual([null, undefined])
  })
})

it('is not there where a deployment allows none', async () => {
  const none = kvCopies(kv, 0)
  await none.write('a', copy(now))
  expect((await kv.list()).keys).toEqual([])
  await kv.put('a', JSON.stringify(copy(now)))
  expect(await none.read('a', now)).toBeNull()
})
