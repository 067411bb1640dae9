import { describe, expect, it } from 'vitest'
import { isPublished, type KeyDates, type KeyState, keyStates } from './key-states.ts'

const first: KeyDates = { kid: 'first', createdAt: 0, activateAt: 0, revokedAt: null }
const second: KeyDates = { kid: 'second', createdAt: 50, activateAt: 100, revokedAt: null }
const third: KeyDates = { kid: 'third', createdAt: 150, activateAt: 200, revokedAt: null }
const revoked = { revokedAt: 120 }

// 300 s of staleness, 3600 s of the longest token, 60 s of skew.
const retired = (supersededAt: number): KeyState => ({
  state: 'retired',
  supersededAt,
  publishedUntil: supersededAt + 3960,
})
const signing = (since: number): KeyState => ({ state: 'signing', since })
const upcoming = (signsFrom: number): KeyState => ({ state: 'upcoming', signsFrom })
const out: KeyState = { state: 'revoked', revokedAt: 120 }

describe('the states of keys', () => {
  const cases: [name: string, keys: KeyDates[], now: number, states: Record<string, KeyState>][] = [
    ['no key', [], 0, {}],
    ['one key', [first], 10, { first: signing(0) }],
    ['a key published ahead', [first, second], 99, { second: upcoming(100), first: signing(0) }],
    [
      'a key at its activation time',
      [first, second],
      100,
      { second: signing(100), first: retired(100) },
    ],
    [
      'each key is superseded by the next',
      [third, first, second],
      200,
      { third: signing(200), second: retired(200), first: retired(100) },
    ],
    [
      'the key before a revoked one signs again',
      [first, { ...second, ...revoked }],
      130,
      { second: out, first: signing(0) },
    ],
    [
      'the key after a revoked one signs at once',
      [{ ...second, ...revoked }, third],
      160,
      { third: signing(160), second: out },
    ],
    [
      'a revoked key supersedes no other',
      [first, { ...second, ...revoked }, third],
      200,
      { third: signing(200), second: out, first: retired(200) },
    ],
    [
      'two keys with the same activation time: the one created later',
      [second, { ...second, kid: 'later', createdAt: 60 }],
      100,
      { later: signing(100), second: retired(100) },
    ],
  ]
  it.each(cases)('%s', (_, keys, now, states) => {
    const found = keyStates(keys, now).map(({ key, state }) => [key.kid, state])
    expect(found).toEqual(Object.entries(states))
  })
})

describe('a key is in the JWK Set', () => {
  const cases: [name: string, state: KeyState, now: number, published: boolean][] = [
    ['upcoming', upcoming(100), 0, true],
    ['signing', signing(100), 100, true],
    ['retired, until its last token expires', retired(100), 4059, true],
    ['retired, after that', retired(100), 4060, false],
    ['revoked', out, 120, false],
  ]
  it.each(cases)('%s', (_, state, now, published) => {
    expect(isPublished(state, now)).toBe(published)
  })
})
