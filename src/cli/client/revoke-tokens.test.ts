import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'

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

it('revokes what one client has got so far, and says how soon', async () => {
  const ran = await cli.at(now + 10, 'client', 'revoke-tokens', 'acme', '--as', 'ops')
  expect(ran.status, ran.words).toBe(0)
  expect(ran.words).toContain('introspection says so at once')
  expect(await revokedBefore()).toEqual([now + 10, 0])
  const [entry] = await cli.rows('SELECT * FROM audit ORDER BY id DESC LIMIT 1')
  expect(entry).toMatchObject({ what: 'client.revoke-tokens', who: 'ops', subject: 'acme' })
})

it('never gives revoked tokens back, whatever the clock says', async () => {
  const ran = await cli.at(now, 'client', 'revoke-tokens', 'acme', '--json')
  expect(ran.json()).toEqual({ client_id: 'acme', tokens_revoked_before: now + 10 })
  expect(await revokedBefore()).toEqual([now + 10, 0])
})

it('leaves what it revoked as it is when something else changes', async () => {
  await cli.run('client', 'update', 'acme', '--scope', 'write')
  expect(await revokedBefore()).toEqual([now + 10, 0])
})

it('knows no client that is none', async () => {
  const ran = await cli.run('client', 'revoke-tokens', 'nobody')
  expect([ran.status, ran.words]).toEqual([1, expect.stringContaining('there is no client nobody')])
})

it('spares no token of the last minutes where the clock of this machine lags', async () => {
  const ran = await cli.at(1000, 'client', 'revoke-tokens', 'other', '--json')
  const { tokens_revoked_before: before } = ran.json() as { tokens_revoked_before: number }
  expect(Math.abs(before - Date.now() / 1000)).toBeLessThan(60)
})
