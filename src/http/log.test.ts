import { afterEach, describe, expect, it, vi } from 'vitest'
import { consoleLog, toLogText } from './log.ts'

afterEach(() => void vi.restoreAllMocks())

const text = (evidence: Record<string, unknown>) =>
  toLogText({ level: 'info', code: 'x', evidence })
const value = (given: unknown): unknown => JSON.parse(text({ given })).evidence.given

describe('a log line', () => {
  it('is one JSON object a line', () => {
    const lines: unknown[] = []
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line))
    consoleLog({ level: 'warn', code: 'answered', status: 401, evidence: { subject: 'a\nb' } })
    expect(lines).toEqual([
      '{"level":"warn","code":"answered","status":401,"evidence":{"subject":"a\\nb"}}',
    ])
  })

  it.each<[name: string, given: unknown, logged: unknown]>([
    ['a text', 'x'.repeat(512), 'x'.repeat(512)],
    ['a longer text', 'x'.repeat(513), `${'x'.repeat(512)}...`],
    ['a list', Array(16).fill(1), Array(16).fill(1)],
    ['a longer list', Array(17).fill(1), Array(16).fill(1)],
    ['a list of long texts', ['x'.repeat(513)], [`${'x'.repeat(512)}...`]],
    ['a big number', 2n ** 70n, '1180591620717411303424'],
    ['octets', { der: Uint8Array.of(1, 2) }, { der: '...' }],
    ['null', null, null],
    ['a depth', { a: { b: { c: { d: 1 } } } }, { a: { b: { c: { d: 1 } } } }],
    ['a greater depth', { a: { b: { c: { d: { e: 1 } } } } }, { a: { b: { c: { d: '...' } } } }],
    ['nothing', undefined, undefined],
  ])('holds %s', (_, given, logged) => expect(value(given)).toEqual(logged))

  it('of a request without evidence is written as it is, unless it is long', () => {
    const line = (aud: readonly string[]) =>
      JSON.parse(toLogText({ level: 'info', code: 'token_issued', request_id: 'r', aud })).aud
    const audience = Array.from({ length: 17 }, (_, i) => `https://${i}.example.com`)
    expect(line(audience)).toEqual(audience)
    const long = audience.map((name) => name.padEnd(600, 'x'))
    expect(line(long)).toEqual(long.slice(0, 16).map((name) => `${name.slice(0, 512)}...`))
  })

  it('of an event is bounded as evidence is', () => {
    const event = { kid: 'k'.repeat(600), keyId: 'x', serial: 1n, der: Uint8Array.of(1) }
    expect(JSON.parse(toLogText({ level: 'error', code: 'key_row_malformed', ...event }))).toEqual({
      ...{ level: 'error', code: 'key_row_malformed', kid: `${'k'.repeat(512)}...` },
      ...{ key_id: 'x', serial: '1', der: '...' },
    })
  })

  it('has a maximum length for any input', () => {
    const round: Record<string, unknown> = {}
    round.round = round
    expect(text(round).length).toBeLessThan(200)
    expect(text({ given: Array(9).fill('\u0000'.repeat(9999)) }).length).toBeLessThan(40_000)
  })
})

describe('the name of a field', () => {
  it.each([
    ['clientId', 'client_id'],
    ['trustAnchorSet', 'trust_anchor_set'],
    ['as_of', 'as_of'],
    ['x5t#S256', 'x5t#S256'],
    ['GET', 'GET'],
  ])('%s is %s', (name, logged) => {
    expect(JSON.parse(text({ [name]: 1 })).evidence).toEqual({ [logged]: 1 })
  })
})

describe('a character that could deceive a terminal', () => {
  const deceptive = [
    ...Array.from({ length: 32 }, (_, i) => i), // C0: ESC, CR, BEL, NUL
    ...Array.from({ length: 33 }, (_, i) => 0x7f + i), // DEL and C1: CSI
    0xad,
    0x61c,
    0x180e,
    0x200b,
    0x200e,
    0x200f,
    0x2028,
    0x2029,
    0x202a,
    0x202e,
    0x2060,
    0x2066,
    0x2069,
    0xfeff,
    0xfff9,
    0xd800,
    0xdfff,
  ]

  it.each(deceptive.map((code) => [code.toString(16).padStart(4, '0'), code] as const))(
    'is escaped: %s',
    (hex, code) => {
      const line = text({ given: `a${String.fromCharCode(code)}b` })
      const short: Record<string, string> = {
        '0008': 'b',
        '0009': 't',
        '000a': 'n',
        '000c': 'f',
        '000d': 'r',
      }
      expect(line).toContain(`a\\${short[hex] ?? `u${hex}`}b`)
      expect(JSON.parse(line).evidence.given).toBe(`a${String.fromCharCode(code)}b`)
    },
  )

  it('is escaped in the names of members too', () => {
    expect(text({ 'a\u202eb': 1 })).toContain('a\\u202eb')
  })

  it('is not a letter or mark of ordinary text', () => {
    const names = 'Müller, Žofie, 株式会社, مثال, \u{1f434}'
    expect(text({ given: names })).toContain(names)
  })

  it('includes half a surrogate pair', () => {
    expect(text({ given: `${'x'.repeat(511)}\u{1f434}` })).toContain('x\\ud83d...')
  })
})
