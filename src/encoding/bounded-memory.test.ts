import { describe, expect, it } from 'vitest'
import { boundedMemory } from './bounded-memory.ts'

const filled = (...keys: string[]) => {
  const memory = boundedMemory<number>(3)
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

  it('keeps what is used all the time, however much passes by', () => {
    const memory = boundedMemory<number>(10)
    for (const key of ['a', 'b', 'c']) memory.set(key, 1)
    for (let i = 0; i < 1000; i++) {
      memory.set(`k${i}`, i)
      for (const key of ['a', 'b', 'c']) expect(memory.get(key)).toBe(1)
    }
    expect(memory.size).toBe(10)
  })

  it('weighs what it holds', () => {
    const memory = boundedMemory<string>(5, (key, value) => key.length + value.length)
    memory.set('a', '12')
    memory.set('b', '1')
    memory.set('c', '12') // five with b: a goes
    expect(['a', 'b', 'c'].map((key) => memory.get(key))).toEqual([undefined, '1', '12'])
    memory.set('d', '123456') // more than all: nothing is left
    expect(memory.size).toBe(0)
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
    const memory = boundedMemory<number>(10)
    for (let i = 0; i < 1000; i++) memory.set(`k${i}`, i)
    expect(memory.size).toBe(10)
  })
})
