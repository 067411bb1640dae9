import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { ok } from '../../encoding/result.ts'
import type { Database } from '../../storage/database.ts'
import type { Context } from '../context.ts'
import { changeClient } from './change-client.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  await cli.file(
    'jwks.json',
    JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] }),
  )
  await cli.run(
    'client',
    'add',
    'bolt',
    '--jwks',
    'jwks.json',
    '--resource',
    'https://api.example.com',
  )
}, 30_000)
afterAll(() => cli.dispose())

const context = { now } as Context

/** A database in which somebody else changes the client right before each of the first n writes. */
function contested(n: number): Database {
  let left = n
  return {
    ...cli.database,
    async batch(statements) {
      if (statements[0]?.sql.includes('UPDATE clients') && left-- > 0) {
        await cli.write(
          "UPDATE clients SET version = version + 1, scope = scope || 'x' WHERE client_id = 'bolt'",
        )
      }
      return cli.database.batch(statements)
    },
  }
}

const disable = (database: Database) =>
  changeClient(database, context, 'me', 'bolt', {
    what: 'client.disable',
    edit: (before) => ok({ ...before, enabled: false }),
  })

describe('a change that meets another', () => {
  it('is made anew from what the other one left', async () => {
    const changed = await disable(contested(2))
    expect(changed).toMatchObject({ ok: true, value: { before: { scope: 'xx' } } })
    const rows = await cli.rows(
      "SELECT enabled, scope, version FROM clients WHERE client_id = 'bolt'",
    )
    expect(rows).toEqual([{ enabled: 0, scope: 'xx', version: 4 }])
    const entries = await cli.rows("SELECT before FROM audit WHERE what = 'client.disable'")
    expect(entries.map(({ before }) => JSON.parse(String(before)).scope)).toEqual(['xx'])
  })

  it('gives up, and has changed nothing, when there is no end of it', async () => {
    const before = await cli.rows('SELECT count(*) AS n FROM audit')
    const changed = await disable(contested(99))
    expect(changed).toMatchObject({ ok: false, error: { kind: 'refused' } })
    expect(await cli.rows('SELECT count(*) AS n FROM audit')).toEqual(before)
  })
})
