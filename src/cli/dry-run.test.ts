import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../test/support/node/command-line.ts'
import { mintCa } from '../../test/support/node/partners.ts'
import { statement } from '../storage/database.ts'
import { DryRunEnd, dryRunDatabase } from './dry-run.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
  await cli.file('jwks.json', JSON.stringify({ keys: [jwk] }))
}, 30_000)
afterAll(() => cli.dispose())

const add = (id: string) => [
  ...['client', 'add', id, '--jwks', 'jwks.json'],
  ...['--resource', 'https://api.example.com'],
]
const tables = () =>
  cli.rows(
    'SELECT (SELECT count(*) FROM clients) AS clients, (SELECT count(*) FROM audit) AS audit',
  )

/** Every row of every table. */
async function dump() {
  const names = await cli.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
  const tables = names.map(({ name }) => String(name)).filter((name) => !name.startsWith('_cf'))
  return Promise.all(tables.map(async (name) => [name, await cli.rows(`SELECT * FROM ${name}`)]))
}

describe('--dry-run', () => {
  it('prints the audit rows of a change and writes nothing', async () => {
    const { status, out, err } = await cli.run(...add('acme'), '--dry-run')
    expect(status).toBe(0)
    expect(out.split('\n').slice(0, 2)).toEqual(['client.add  acme', '    client_id: "acme"'])
    expect(err).toBe('dry run: nothing was changed')
    expect(await tables()).toEqual([{ clients: 0, audit: 0 }])
  })
  it('gives scripts the same, as JSON', async () => {
    const { json } = await cli.run(...add('acme'), '--dry-run', '--json')
    expect(json()).toMatchObject({
      dry_run: true,
      changes: [
        { what: 'client.add', subject: 'acme', before: null, after: { client_id: 'acme' } },
      ],
    })
  })
  it('refuses what the change would be refused for, by a rule of the schema too', async () => {
    expect((await cli.run(...add('bolt'))).status).toBe(0)
    const again = await cli.run(...add('bolt'), '--dry-run')
    expect(again).toMatchObject({ status: 1, out: '' })
    expect(again.err).toContain('there is a client bolt already')
    expect(await tables()).toEqual([{ clients: 1, audit: 1 }])
  })
  it('changes no table with any command', async () => {
    const root = await mintCa('CN=Root', now)
    await cli.pem('root.pem', root.certificate)
    await cli.pem('issuing.pem', (await mintCa('CN=Issuing', now, root)).certificate)
    await cli.run('ca', 'add', 'x', 'root.pem')
    await cli.run('ca', 'add-intermediate', 'x', 'issuing.pem')
    await cli.file('clients.jsonl', (await cli.run('client', 'export')).out.replace('bolt', 'new'))
    const [{ sha256 } = {}] = await cli.rows('SELECT sha256 FROM trust_set_intermediates')
    const before = await dump()
    const commands = [
      ['client', 'update', 'bolt', '--scope', 'a'],
      ['client', 'disable', 'bolt'],
      ['client', 'revoke-tokens', 'bolt'],
      ['client', 'remove', 'bolt'],
      ['client', 'import', 'clients.jsonl'],
      ['ca', 'add', 'y', 'root.pem', '--revocation', 'require'],
      ['ca', 'set', 'x', '--revocation', 'require'],
      ['ca', 'remove-intermediate', 'x', String(sha256)],
      ['ca', 'remove', 'x'],
      ['key', 'rotate'],
      ['key', 'rewrap'],
      ['schema', 'upgrade'],
    ]
    for (const command of commands) {
      const ran = await cli.run(...command, '--dry-run')
      expect(ran, command.join(' ')).toMatchObject({ status: 0 })
      expect(await dump(), command.join(' ')).toEqual(before)
    }
  }, 30_000)
  it('answers reads, and rolls back every statement but SELECT', async () => {
    const database = dryRunDatabase(cli.database)
    const count = statement('SELECT count(*) AS clients FROM clients')
    expect(await database.batch([count])).toEqual([[{ clients: 1 }]])
    const writes = [
      'DELETE FROM clients RETURNING client_id',
      'WITH all_of_them AS (SELECT 1) DELETE FROM clients',
    ]
    for (const sql of writes) {
      await expect(database.batch([count, statement(sql)])).rejects.toThrow(DryRunEnd)
    }
    expect(await database.batch([count])).toEqual([[{ clients: 1 }]])
  })
})
