import { describe, expect, it } from 'vitest'
import { installedSchema, SchemaMismatch, schemaProblem } from './schema-version.ts'

describe('a schema', () => {
  it.each([
    ['of the same version', 3, 3, null],
    ['of the same version that serves older code', 3, 1, null],
    ['newer, serving this code', 5, 3, null],
    ['newer, serving older code', 5, 1, null],
    [
      'newer, not serving this code',
      5,
      4,
      {
        problem:
          'has schema version 5, which needs a Certbound of schema version 4, and this one has 3',
        upgrade: false,
      },
    ],
    ['older', 2, 1, { problem: 'has schema version 2, this Certbound needs 3', upgrade: true }],
  ])('%s', (_, version, compatibleFrom, problem) => {
    expect(schemaProblem({ version, compatibleFrom }, 3)).toEqual(problem)
  })

  it('that is missing', () => {
    expect(schemaProblem(null)).toMatchObject({ upgrade: true })
  })

  it.each<[rows: readonly Record<string, unknown>[], installed: unknown]>([
    [[{ version: 2, compatible_from: 1 }], { version: 2, compatibleFrom: 1 }],
    [[], null],
    [[{ version: 2 }], null],
    [[{ version: '2', compatible_from: 1 }], null],
    [[{ version: 2, compatible_from: null }], null],
    [
      [
        { version: 2, compatible_from: 1 },
        { version: 3, compatible_from: 1 },
      ],
      null,
    ],
  ])('of the rows %j', (rows, installed) => expect(installedSchema(rows)).toEqual(installed))
})

it.each([
  [null, /has no tables of Certbound.*schema upgrade --remote/],
  [{ version: 0, compatibleFrom: 0 }, /schema version 0.*schema upgrade --remote/],
  [{ version: 9, compatibleFrom: 9 }, /schema version 9.*deploy a newer Certbound/],
])('the log says what to do about %j', (installed, message) => {
  expect(new SchemaMismatch(installed).message).toMatch(message)
})
