import { describe, expect, it } from 'vitest'
import document from '../../docs/log-codes.md?raw'
import { toLogText } from '../../src/http/log.ts'
import { keyEventLevels } from '../../src/keys/key-events.ts'
import { toWire } from '../../src/oauth/wire.ts'
import { crlLevelOf } from '../../src/revocation/refresh-crls.ts'
import { crlEvents } from '../support/worker/crl-events.ts'
import { keyEvents } from '../support/worker/key-events.ts'
import { refusals } from '../support/worker/refusals.ts'

/** The table row of the document for a code, by column name. */
type Row = Readonly<Record<string, string>>

const rows: readonly Row[] = document.split(/\n\n/).flatMap((paragraph) => {
  const [heads = [], , ...lines] = paragraph
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  if (heads[0] !== 'Code') return []
  return lines.map((cells) => Object.fromEntries(heads.map((head, i) => [head, cells[i] ?? ''])))
})

const codeOf = (row: Row): string => row.Code?.replaceAll('`', '') ?? ''
const rowOf = (code: string): Row | undefined => rows.find((row) => codeOf(row) === code)

/** The names in backticks outside of brackets. */
const namesIn = (cell = ''): string[] =>
  [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

/** The names of fields as the log writes them. */
const written = (fields: object): string[] =>
  Object.keys(JSON.parse(toLogText({ level: 'info', code: 'x', evidence: fields })).evidence)

const events = { ...keyEvents, ...crlEvents }
const successes = [
  'token_issued',
  'token_introspected',
  'token_revoked',
  'answered',
  'certificate_sources_configured',
]

it('lists every code, and no other', () => {
  const all = [...Object.keys(refusals), ...Object.keys(events), ...successes]
  expect(rows.map(codeOf).toSorted()).toEqual(all.toSorted())
})

describe('the evidence', () => {
  it.each(Object.values(refusals))('of $code', ({ code, ...evidence }) => {
    expect(namesIn(rowOf(code)?.Evidence)).toEqual(written(evidence))
  })

  it.each(Object.values(events))('of $code', ({ code, ...fields }) => {
    expect(namesIn(rowOf(code)?.Fields)).toEqual(written(fields))
  })
})

describe('other columns of the tables', () => {
  it.each(Object.values(keyEvents))('the level of $code', (event) => {
    expect(rowOf(event.code)?.Level).toBe(keyEventLevels[event.code])
  })

  it.each(Object.values(crlEvents))('the level of $code', (event) => {
    expect(rowOf(event.code)?.Level).toBe(crlLevelOf(event))
  })

  it.each(Object.values(refusals).filter(({ code }) => rowOf(code)?.['The caller gets']))(
    'what the caller gets for $code',
    (refusal) => {
      const { status, error } = toWire(refusal)
      const documented = rowOf(refusal.code)?.['The caller gets'] ?? ''
      expect([String(status), `${status} \`${error}\``]).toContain(documented)
    },
  )
})
