import { describe, expect, it } from 'vitest'
import { differenceOf, median, percentile, ratioOf, spreadOf } from './statistics.ts'

describe('statistics', () => {
  it.each([
    ['one value', [4], 4],
    ['an odd number of unsorted values', [9, 1, 5], 5],
    ['an even number of values', [10, 1, 2, 3], 2.5],
    ['values that sort differently as text', [9, 10, 100], 10],
  ])('the median of %s', (_, values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('the median of no values is an error', () => {
    expect(() => median([])).toThrow('no values')
  })

  it('a spread has median, minimum and maximum', () => {
    expect(spreadOf([7, 3, 8])).toEqual({ median: 7, min: 3, max: 8 })
  })

  it('a ratio is computed for each round: load on both sides does not change it', () => {
    expect(ratioOf([20, 200, 40], [10, 100, 10])).toEqual({ median: 2, min: 2, max: 4 })
  })

  it('the ratio of different rounds is an error', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('same rounds')
  })

  it('a difference is computed for each round too', () => {
    expect(differenceOf([3000, 5000], [1000, 1000], 1 / 1000)).toEqual({
      median: 3,
      min: 2,
      max: 4,
    })
  })

  it.each([
    [0.5, 51],
    [0.99, 100],
    [0, 1],
    [1, 100],
  ])('the percentile %d of one to a hundred is %d', (share, expected) => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(percentile(values, share)).toBe(expected)
  })
})
