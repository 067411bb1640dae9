import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type MemoryDatabases,
  openMemoryDatabase,
} from '../../test/support/node/memory-database.ts'
import { statement } from '../storage/database.ts'
import { commands } from './commands.ts'
import type { OpenDatabase } from './database/database.ts'
import { run } from './run.ts'

let memory: MemoryDatabases
beforeAll(async () => {
  memory = await openMemoryDatabase(5)
}, 30_000)
afterAll(() => memory.dispose())

async function apply(database: OpenDatabase, setUp: readonly string[]) {
  for (const sql of setUp) await database.batch([statement(sql)])
  const lines: string[] = []
  const output = { out: lines.push.bind(lines), words: lines.push.bind(lines) }
  const status = await run(['schema', 'apply'], commands, output, {
    openAny: async () => database,
  })
  return { status, said: lines.join('\n') }
}

describe('schema apply', () => {
  const version = 'CREATE TABLE schema_version (version INTEGER)'
  const cases: [name: string, setUp: string[], status: number, said: RegExp][] = [
    ['makes the tables', [], 0, /^schema version 1 is made/],
    ['passes over tables of others', ['CREATE TABLE d1_migrations (id INTEGER)'], 0, /is made/],
    [
      'leaves its own alone',
      [version, 'INSERT INTO schema_version VALUES (1)'],
      0,
      /there already/,
    ],
    ['refuses a later version', [version, 'INSERT INTO schema_version VALUES (2)'], 1, /version 2/],
    [
      'refuses another database',
      ['CREATE TABLE orders (id INTEGER)'],
      1,
      /not of certbound: orders/,
    ],
  ]
  it.each(cases.map((one, i) => [...one, i] as const))('%s', async (_, setUp, status, said, i) => {
    const applied = await apply(memory.databases[i] ?? memory.database, setUp)
    expect(applied.said).toMatch(said)
    expect(applied.status).toBe(status)
  })
})
