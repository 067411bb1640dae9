import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unstable_splitSqlQuery as splitSqlQuery } from 'wrangler'
import { openMemoryDatabase } from '../../../test/support/node/memory-database.ts'
import { type Database, type Parameter, query, statement } from '../../storage/database.ts'
import { inlineParameters, literal } from './literal.ts'

let database: Database
let dispose: () => Promise<void>
beforeAll(async () => {
  ;({ database, dispose } = await openMemoryDatabase())
})
afterAll(() => dispose())

// The type and the octets of a value in the engine.
const PROBE = 'SELECT typeof(?1) AS type, hex(?1) AS octets'

const parameter = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[ -~]*$/),
  fc.constantFrom(
    "'",
    "''; DROP TABLE x; --",
    'a;b',
    'a--b',
    '?1',
    '\0',
    'a\r\nb',
    '\ud800',
    '/*',
    '[',
    '"',
  ),
  fc.uint8Array().map((octets) => new Uint8Array(octets)),
  fc.constant(null),
)

describe('literal', { timeout: 20_000 }, () => {
  it('is equal to the bound value', async () => {
    const property = fc.asyncProperty(
      fc.array(parameter, { minLength: 30, maxLength: 30 }),
      async (values) => {
        const bound = values.map((value) => statement(PROBE, value))
        const inlined = bound.map((one) => statement(inlineParameters(one)))
        const results = await database.batch([...bound, ...inlined])
        expect(results.slice(values.length)).toEqual(results.slice(0, values.length))
      },
    )
    await fc.assert(property, { numRuns: 8 })
  })

  it('cannot be split by wrangler', () => {
    fc.assert(
      fc.property(parameter, parameter, (a, b) => {
        const one = inlineParameters(statement('SELECT ?1, ?2', a, b))
        expect(splitSqlQuery(`${one}; SELECT 2`)).toEqual([one, 'SELECT 2'])
      }),
    )
  })

  const integers: [value: number, text: string][] = [
    [0, '0'],
    [-0, '0'],
    [1_800_000_000, '1800000000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [-Number.MAX_SAFE_INTEGER, '-9007199254740991'],
  ]
  it.each(integers)('writes %d', async (value, text) => {
    expect(literal(value)).toBe(text)
    // A bound number arrives as a REAL, and becomes this in an INTEGER column.
    const [row] = await query(
      database,
      `SELECT CAST(?1 AS INTEGER) IS ${literal(value)} AS same`,
      value,
    )
    expect(row).toEqual({ same: 1 })
  })
  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %d', (value) => {
    expect(() => literal(value)).toThrow(RangeError)
  })
})

describe('inlineParameters', () => {
  const cases: [name: string, sql: string, parameters: Parameter[], inlined: string][] = [
    ['numbers, in any order', 'SELECT ?2, ?1, ?2', ['a', 7], "SELECT 7, 'a', 7"],
    ['a question mark within a literal', "SELECT '?1', ?1", ['a'], "SELECT '?1', 'a'"],
    [
      'a value that looks like a parameter',
      'SELECT ?1, ?2',
      ['?2', 'b'],
      "SELECT CAST(X'3f32' AS TEXT), 'b'",
    ],
    ['two-digit numbers', 'SELECT ?10', [...'abcdefghij'], "SELECT 'j'"],
    ['comments and line feeds', "SELECT -- isn't it\n  ?1", ['a'], "SELECT 'a'"],
    ['two dashes within a literal', "SELECT '--  x'", [], "SELECT '--  x'"],
  ]
  it.each(cases)('%s', (_, sql, parameters, inlined) => {
    expect(inlineParameters({ sql, parameters })).toBe(inlined)
  })
  it('refuses a number without a value', () => {
    expect(() => inlineParameters(statement('SELECT ?2', 'a'))).toThrow(RangeError)
  })
})
