import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { clientRegistry } from '../../clients/client-registry.ts'
import type { Database } from '../../storage/database.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  await cli.write("INSERT INTO trust_anchor_sets (name, version, created_at) VALUES ('set', 1, 1)")
  for (const name of ['acme', 'other']) {
    await cli.run(
      ...['client', 'add', name, '--ca', 'set', '--subject-dn', `CN=${name}`],
      ...['--scope', 'read', '--resource', 'https://api.example.com'],
    )
  }
  await cli.write('UPDATE clients SET tokens_revoked_before = 0')
}, 30_000)
afterAll(() => cli.dispose())

const revokedBefore = async (): Promise<unknown[]> =>
  (await cli.rows('SELECT tokens_revoked_before AS at FROM clients ORDER BY client_id')).map(
    ({ at }) => at,
  )

const secondsNow = (): number => Math.floor(Date.now() / 1000)

it('revokes all tokens of one client, by the clock of the database', async () => {
  const started = secondsNow()
  const ran = await cli.at(now + 10, 'client', 'revoke-tokens', 'acme', '--as', 'ops')
  expect(ran.status, ran.err).toBe(0)
  expect(ran.err).toContain('introspection says so at once')
  const [acme, other] = await revokedBefore()
  expect(acme).toBeGreaterThanOrEqual(started)
  expect(acme).toBeLessThanOrEqual(secondsNow())
  expect(other).toBe(0)
  const [entry] = await cli.rows('SELECT * FROM audit ORDER BY id DESC LIMIT 1')
  expect(entry).toMatchObject({ what: 'client.revoke-tokens', who: 'ops', subject: 'acme' })
})

it('revokes tokens that were issued while the command ran', async () => {
  const { database } = cli
  const slow: Database = {
    ...database,
    async batch(statements) {
      if (statements[0]?.sql.includes('UPDATE clients')) await setTimeout(1100)
      return database.batch(statements)
    },
  }
  const started = secondsNow()
  const by = { who: 'me', at: started }
  const changed = await clientRegistry(slow).revokeTokens('other', by)
  const [, other] = await revokedBefore()
  expect(other).toBeGreaterThan(started)
  expect(changed).toMatchObject({ ok: true, value: { after: { tokens_revoked_before: other } } })
})

it('keeps revoked tokens revoked if the clock goes back', async () => {
  await cli.write('UPDATE clients SET tokens_revoked_before = ?1', now)
  const ran = await cli.at(1000, 'client', 'revoke-tokens', 'acme', '--json')
  expect(ran.json()).toEqual({ client_id: 'acme', tokens_revoked_before: now })
  expect(await revokedBefore()).toEqual([now, now])
})

it('keeps tokens revoked when another value changes', async () => {
  await cli.run('client', 'update', 'acme', '--scope', 'write')
  expect(await revokedBefore()).toEqual([now, now])
})

it('reports an unknown client', async () => {
  const ran = await cli.run('client', 'revoke-tokens', 'unknown')
  expect([ran.status, ran.err]).toEqual([1, expect.stringContaining('there is no client unknown')])
})
