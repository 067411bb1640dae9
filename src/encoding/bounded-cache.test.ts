import { describe, expect, it } from 'vitest'
import { boundedCache } from './bounded-cache.ts'

const filled = (...keys: string[]) => {
  const memory = boundedCache<number>(3)
  for (const [index, key] of keys.entries()) memory.set(key, index)
  return memory
}
const held = (memory: ReturnType<typeof filled>, keys: string) =>
  [...keys].filter((key) => memory.get(key) !== undefined).join('')

describe('a bounded memory', () => {
  it('holds as many as it may', () => {
    const memory = filled('a', 'b', 'c')
    expect([held(memory, 'abc'), memory.size]).toEqual(['abc', 3])
  })

  it('lets the oldest go', () => {
    const memory = filled('a', 'b', 'c', 'd')
    expect([held(memory, 'abcd'), memory.size]).toEqual(['bcd', 3])
  })

  it('keeps what is used', () => {
    const memory = filled('a', 'b', 'c')
    memory.get('a')
    memory.set('d', 9)
    expect(held(memory, 'abcd')).toBe('acd')
  })

  it('keeps what is used all the time, however much passes by and however much of it there is', () => {
    const memory = boundedCache<number>(100)
    const used = Array.from({ length: 98 }, (_, i) => `used ${i}`)
    for (const key of used) memory.set(key, 1)
    for (let i = 0; i < 1000; i++) {
      expect(used.filter((key) => memory.get(key) === undefined)).toEqual([])
      memory.set(`k${i}`, i)
    }
    expect(memory.size).toBe(100)
  })

  it('keeps what was used last, where all were used', () => {
    const memory = filled('a', 'b', 'c')
    held(memory, 'abc')
    memory.set('d', 1)
    held(memory, 'bc')
    memory.set('e', 1)
    expect(held(memory, 'abcde')).toBe('bce')
  })

  it('weighs what it holds', () => {
    const memory = boundedCache<string>(5, (key, value) => key.length + value.length)
    memory.set('a', '12')
    memory.set('b', '1')
    memory.set('c', '12') // five with b: a goes
    expect(['a', 'b', 'c'].map((key) => memory.get(key))).toEqual([undefined, '1', '12'])
    memory.set('d', '12345') // more than all: not kept, and nothing has to go for it
    expect(['b', 'c', 'd'].map((key) => memory.get(key))).toEqual(['1', '12', undefined])
    memory.set('b', '12345')
    expect(['b', 'c'].map((key) => memory.get(key))).toEqual([undefined, '12'])
    memory.set('d', '1234') // all that may be held: the others go, though they were asked for
    expect(['c', 'd'].map((key) => memory.get(key))).toEqual([undefined, '1234'])
  })

  it('counts a key once, with its last value', () => {
    const memory = filled('a', 'b', 'a', 'c')
    expect([memory.get('a'), memory.size]).toEqual([2, 3])
  })

  it('forgets', () => {
    const memory = filled('a', 'b')
    memory.delete('a')
    memory.delete('x')
    expect([held(memory, 'abx'), memory.size]).toEqual(['b', 1])
  })

  it('never grows', () => {
    const memory = boundedCache<number>(10)
    for (let i = 0; i < 1000; i++) memory.set(`k${i}`, i)
    expect(memory.size).toBe(10)
  })
})
