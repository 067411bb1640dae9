import { describe, expect, it } from 'vitest'
import { differenceOf, median, percentile, ratioOf, spreadOf } from './statistics.ts'

describe('statistics', () => {
  it.each([
    ['one value', [4], 4],
    ['an odd number, in no order', [9, 1, 5], 5],
    ['an even number', [10, 1, 2, 3], 2.5],
    ['by size, not by their text', [9, 10, 100], 10],
  ])('the median of %s', (_, values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('of no values there is no median', () => {
    expect(() => median([])).toThrow('no values')
  })

  it('a spread is median, least and most', () => {
    expect(spreadOf([7, 3, 8])).toEqual({ median: 7, min: 3, max: 8 })
  })

  it('a ratio is taken round by round: what slows both does not move it', () => {
    expect(ratioOf([20, 200, 40], [10, 100, 10])).toEqual({ median: 2, min: 2, max: 4 })
  })

  it('of different rounds there is no ratio', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('same rounds')
  })

  it('a difference is taken round by round too', () => {
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
