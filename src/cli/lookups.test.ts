import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine } from '../../test/support/node/command-line.ts'
import { statement } from '../storage/database.ts'
import { inlineParameters } from './database/literal.ts'

// A million clients must not slow a command down: every statement finds its rows by an index. The
// local database records the statements.
let cli: CommandLine
const sent = new Map<string, string>()
beforeAll(async () => {
  cli = await commandLine((statements) => {
    for (const one of statements) if (!sent.has(one.sql)) sent.set(one.sql, inlineParameters(one))
  })
  await cli.file(
    'jwks.json',
    JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] }),
  )
  const api = ['--resource', 'https://api.example.com']
  await cli.write("INSERT INTO trust_anchor_sets (name, version, created_at) VALUES ('set', 1, 1)")
  await cli.run('client', 'add', 'a', '--ca', 'set', '--subject-dn', 'CN=a', ...api)
  await cli.run('client', 'add', 'b', '--ca', 'set', '--subject-dn', 'CN=a', ...api)
  await cli.run('client', 'add', 'c', '--jwks', 'jwks.json', ...api)
  await cli.run('client', 'list', '--after', 'a')
  await cli.run('client', 'show', 'a')
  await cli.run('client', 'disable', 'a')
  await cli.run('ca', 'list', 'set')
  await cli.run('ca', 'remove', 'set')
  await cli.run('audit', 'list', 'a')
  await cli.run('audit', 'list', '--before', '3')
  await cli.run('client', 'remove', 'a', '--yes')
}, 30_000)
afterAll(() => cli.dispose())

describe('lookups', () => {
  it('all use an index', async () => {
    expect(sent.size).toBeGreaterThan(10)
    for (const sql of sent.values()) {
      const [plan] = await cli.database.batch([statement(`EXPLAIN QUERY PLAN ${sql}`)])
      const steps = (plan ?? []).map((row) => String(row.detail))
      const scans = steps.filter((step) => /^SCAN (clients|c|audit|trust_anchors|a)\b/.test(step))
      expect(scans, sql).toEqual([])
    }
  })
})
