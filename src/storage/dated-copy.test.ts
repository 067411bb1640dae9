import { env } from 'cloudflare:workers'
import type { KVNamespace } from '@cloudflare/workers-types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { copyKey, kvCopies } from './dated-copy.ts'
import { schemaVersion } from './schema-version.ts'

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
  it('is read back as written', async () => {
    await copies().write('a', copy(now))
    expect(await copies().read('a', now)).toEqual(copy(now))
    expect(await copies().read('b', now)).toBeNull()
  })

  it('is not used when it is too old, even if KV still has it', async () => {
    await copies().write('a', copy(now))
    expect(await copies().read('a', now + maxAge)).toEqual(copy(now))
    expect(await copies().read('a', now + maxAge + 1)).toBeNull()
    expect(await copies().read('a', now - 1)).toBeNull() // a date in the future is invalid
  })

  it.each([
    ['invalid JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a date', '{"value":1}'],
    ['without a value', `{"asOf":${now}}`],
    ['with a string as its date', `{"asOf":"${now}","value":1}`],
    ['with a fraction as its date', `{"asOf":${now}.5,"value":1}`],
    ['with null as its date', '{"asOf":null,"value":1}'],
  ])('is not a copy: %s', async (_, text) => {
    await kv.put(copyKey('a'), text)
    expect(await copies().read('a', now)).toBeNull()
  })

  it('expires in KV when it may no longer be used', async () => {
    await copies().write('a', copy(now))
    await kvCopies(kv, 7).write('b', copy(now))
    const { keys } = await kv.list()
    const inSeconds = (expiration = 0) => expiration - Date.now() / 1000
    expect(inSeconds(keys.find(({ name }) => name === copyKey('a'))?.expiration)).toBeCloseTo(
      300,
      -1,
    )
    // KV refuses less than a minute.
    expect(inSeconds(keys.find(({ name }) => name === copyKey('b'))?.expiration)).toBeCloseTo(
      60,
      -1,
    )
  })
})

it('is named by the schema version', async () => {
  await copies().write('a', copy(now))
  expect((await kv.list()).keys.map(({ name }) => name)).toEqual([`schema-${schemaVersion}:a`])
  await kv.put('schema-999:b', JSON.stringify(copy(now)))
  expect(await copies().read('b', now)).toBeNull()
})

describe('writing', () => {
  const counting = () => {
    const writes: string[] = []
    const put = async (name: string) => void writes.push(name)
    return { writes, copies: kvCopies({ put } as unknown as KVNamespace, maxAge) }
  }

  it('happens once per name in a third of the maximum age', async () => {
    const { writes, copies } = counting()
    for (let second = 0; second <= 100; second++) {
      await copies.write('a', copy(now + second))
      await copies.write('b', copy(now + second))
    }
    expect(writes).toEqual(['a', 'b', 'a', 'b'].map(copyKey))
  })

  it('tracks a bounded number of names', async () => {
    const { writes, copies } = counting()
    for (let i = 0; i <= 10_000; i++) await copies.write(`n${i}`, copy(now))
    await copies.write('n10000', copy(now))
    expect(writes).toHaveLength(10_001)
    await copies.write('n0', copy(now))
    expect(writes).toHaveLength(10_002)
  })
})

describe('KV that', () => {
  const down = (operation: () => Promise<never>) =>
    kvCopies({ get: operation, put: operation } as unknown as KVNamespace, maxAge)

  it.each([
    ['rejects', () => Promise.reject(new Error('KV GET failed'))],
    [
      'throws',
      () => {
        throw new Error('KV GET failed')
      },
    ],
  ])('%s is a cache miss', async (_, operation) => {
    expect(await down(operation).read('a', now)).toBeNull()
    await down(operation).write('a', copy(now))
  })

  it('does not answer is a cache miss after the timeout', async () => {
    vi.useFakeTimers()
    const hanging = down(() => new Promise(() => {}))
    const both = Promise.all([hanging.read('a', now), hanging.write('a', copy(now))])
    await vi.advanceTimersByTimeAsync(3000)
    expect(await both).toEqual([null, undefined])
  })
})

it('a deployment without copies neither writes nor reads one', async () => {
  const none = kvCopies(kv, 0)
  await none.write('a', copy(now))
  expect((await kv.list()).keys).toEqual([])
  await kv.put(copyKey('a'), JSON.stringify(copy(now)))
  expect(await none.read('a', now)).toBeNull()
})
