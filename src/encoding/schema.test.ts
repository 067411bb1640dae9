import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { err, ok } from './result.ts'
import { members, readBy, validate } from './schema.ts'

const even = readBy((value) =>
  typeof value === 'number' && value % 2 === 0 ? ok(value / 2) : err('want an even number'),
)
const schema = members(
  { name: v.string('want a text'), half: even, list: v.optional(v.array(even, 'want a list'), []) },
  'want an object',
)
const valid = { name: 'a', half: 4 }

describe('validate', () => {
  it('gives the output of the schema, without other members', () => {
    expect(validate(schema, { ...valid, other: 1 })).toEqual(ok({ name: 'a', half: 2, list: [] }))
  })

  it.each<[change: Record<string, unknown>, problems: string[]]>([
    [{ name: 7 }, ['name: want a text']],
    [{ name: undefined }, ['name: want a text']],
    [{ half: 3 }, ['half: want an even number']],
    [{ list: 7 }, ['list: want a list']],
    [{ list: [2, 3] }, ['list[1]: want an even number']],
    [{ name: null, half: null }, ['name: want a text', 'half: want an even number']],
  ])('%j', (change, problems) => {
    expect(validate(schema, { ...valid, ...change })).toEqual(err(problems))
  })

  it('reports missing members like wrong ones', () => {
    expect(validate(schema, {})).toEqual(err(['name: want a text', 'half: want an even number']))
  })

  it.each([[null], [[]], ['x'], [undefined]])('%j is no object', (value) => {
    expect(validate(schema, value)).toEqual(err(['want an object']))
  })
})
