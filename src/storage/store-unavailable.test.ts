import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromStore, StoreUnavailable } from './store-unavailable.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const outcome = (operation: () => Promise<unknown>) =>
  fromStore('D1', operation).then(
    (value) => ({ value }),
    (fault: unknown) => ({ fault }),
  )
const noAnswer = () => new Promise<never>(() => {})

describe('an operation on a store', () => {
  it('returns its value, and leaves no timer', async () => {
    expect(await outcome(async () => 7)).toEqual({ value: 7 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('D1_ERROR: x'))],
    [
      'throws',
      () => {
        throw new Error('D1_ERROR: x')
      },
    ],
  ])('%s', async (_, operation) => {
    const { fault } = (await outcome(operation)) as { fault: StoreUnavailable }
    expect(fault).toBeInstanceOf(StoreUnavailable)
    expect(fault.message).toBe('D1 did not answer')
    expect(fault.cause).toMatchObject({ message: 'D1_ERROR: x' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('times out after three seconds', async () => {
    const pending = outcome(noAnswer)
    let settled = false
    pending.then(() => {
      settled = true
    })
    await vi.advanceTimersByTimeAsync(2999)
    expect(settled).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await pending) as { fault: Error }).toMatchObject({
      fault: { name: 'StoreUnavailable', cause: { message: 'no answer within 3000 ms' } },
    })
  })
})
