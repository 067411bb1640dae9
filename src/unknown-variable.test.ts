import { expect, it } from 'vitest'
import { variableNames } from './config.ts'
import { unknownVariable } from './unknown-variable.ts'

it('knows each variable', () => {
  expect(variableNames.map(unknownVariable).filter((problem) => problem !== null)).toEqual([])
})
it.each([
  ['TOKEN_TT', 'TOKEN_TT: no variable of the Worker; did you mean TOKEN_TTL?'],
  ['ISUSER', 'ISUSER: no variable of the Worker; did you mean ISSUER?'],
  ['SOMETHING_ELSE', 'SOMETHING_ELSE: no variable of the Worker'],
])('does not know %s', (name, problem) => {
  expect(unknownVariable(name)).toBe(problem)
})
