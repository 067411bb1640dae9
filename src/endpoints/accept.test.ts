import { expect, it } from 'vitest'
import { asksFor } from './accept.ts'

const type = 'application/token-introspection+jwt'

it.each<[accept: string | null, asked: boolean]>([
  [type, true],
  ['Application/Token-Introspection+JWT', true],
  [`${type}, application/json;q=0.9`, true],
  [`application/json, ${type}`, true],
  [`${type};q=0.5, */*;q=0.1`, true],
  [`${type}; q=1.000`, true],
  [null, false],
  ['', false],
  ['*/*', false],
  ['application/*', false],
  ['application/json', false],
  [`${type};q=0`, false],
  [`${type};q=0.000`, false],
  [`${type};q=0.4, application/json;q=0.5`, false],
  // Malformed: nothing is asked for.
  [`${type};q=2`, false],
  [`${type};q=0.1234`, false],
  [`${type};q=x`, false],
  [`${type};q=1;q=1`, false],
  [`${type}${' '.repeat(1024)}`, false],
])('%.60j', (accept, asked) => expect(asksFor(type, accept)).toBe(asked))
