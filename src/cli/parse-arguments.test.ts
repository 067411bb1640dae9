import { describe, expect, it } from 'vitest'
import { command } from './command.ts'
import { done } from './outcome.ts'
import { parseArguments } from './parse-arguments.ts'

const example = command({
  name: 'client add',
  summary: 'an example',
  operands: 'NAME',
  options: {
    certificate: { value: 'FILE', help: '' },
    scope: { multiple: true, value: 'SCOPES', help: '' },
    unbound: { help: '' },
  },
  examples: [],
  run: async () => done([], null),
})

const absent = { certificate: undefined, scope: [], unbound: false, json: false }

describe('parseArguments', () => {
  const accepted: [name: string, args: string[], options: object][] = [
    ['only an operand', ['Acme'], {}],
    ['a value behind its option', ['Acme', '--certificate', 'a.pem'], { certificate: 'a.pem' }],
    ['a value after an equals sign', ['--certificate=--odd', 'Acme'], { certificate: '--odd' }],
    ['a repeated option', ['--scope', 'a b', 'Acme', '--scope=c'], { scope: ['a b', 'c'] }],
    ['a switch', ['Acme', '--unbound'], { unbound: true }],
    ['an empty value', ['Acme', '--certificate', ''], { certificate: '' }],
    [
      'a thumbprint with a hyphen',
      ['Acme', '--scope', `-${'y'.repeat(42)}`],
      { scope: [`-${'y'.repeat(42)}`] },
    ],
  ]
  it.each(accepted)('accepts %s', (_, args, options) => {
    const call = parseArguments(example, args)
    expect(call).toEqual({
      ok: true,
      value: { operands: ['Acme'], options: { ...absent, ...options } },
    })
  })
  it.each([
    '-y8oQbFOwXb0mJk5RZk4l3xvTGmhu2yq0lq0kI6cCV4',
    '--8oQbFOwXb0mJk5RZk4l3xvTGmhu2yq0lq0kI6cCV4',
  ])('reads %s as a thumbprint', (thumbprint) => {
    expect(parseArguments(example, [thumbprint, '--unbound'])).toMatchObject({
      ok: true,
      value: { operands: [thumbprint], options: { unbound: true } },
    })
  })
  it('reads everything behind -- as operands', () => {
    expect(parseArguments(example, ['--', '--unbound'])).toMatchObject({
      ok: true,
      value: { operands: ['--unbound'] },
    })
  })

  const refused: [name: string, args: string[], problem: RegExp, suggestion?: string][] = [
    [
      'an unknown option',
      ['Acme', '--certificat', 'x'],
      /unknown option --certificat$/,
      '--certificate',
    ],
    ['an option without a similar one', ['Acme', '--zzz'], /unknown option --zzz$/],
    ['a member of Object', ['Acme', '--constructor'], /unknown option --constructor$/],
    [
      'an option without its value',
      ['Acme', '--certificate'],
      /needs a value: --certificate FILE$/,
    ],
    [
      'an option as a value',
      ['Acme', '--certificate', '--unbound'],
      /write --certificate=--unbound$/,
    ],
    ['a switch with a value', ['Acme', '--unbound=yes'], /takes no value$/],
    ['an option given twice', ['A', '--certificate', 'a', '--certificate', 'b'], /given twice$/],
    ['no operand', [], /client add needs NAME/],
    ['an operand too many', ['Acme', 'Ltd'], /"Ltd"$/],
  ]
  it.each(refused)('refuses %s', (_, args, problem, suggestion) => {
    const call = parseArguments(example, args)
    expect(call).toMatchObject({ ok: false, error: { suggestion: suggestion ?? null } })
    expect(call.ok ? '' : call.error.problem).toMatch(problem)
  })
})
