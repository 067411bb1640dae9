import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../test/support/node/command-line.ts'
import { fromBase64url } from '../encoding/base64.ts'
import { audited } from '../storage/audit-row.ts'
import { statement } from '../storage/database.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  for (const subject of ['a', 'b', 'a']) {
    await cli.database.batch([
      statement(
        "INSERT INTO trust_anchor_sets (name, version, created_at) VALUES ('x' || random(), 1, 1)",
      ),
      audited({
        at: now,
        who: 'eve\u202e',
        what: 'client.enable',
        subject,
        before: { enabled: false, same: 1, gone: 'x' },
        after: { enabled: true, same: 1, fresh: ['y'] },
      }),
    ])
  }
}, 30_000)
afterAll(() => cli.dispose())

describe('audit list', () => {
  it('shows author, change and differences, the latest first', async () => {
    const { out } = await cli.run('audit', 'list', '--limit', '1')
    expect(out.split('\n')).toEqual([
      '3  2027-01-15 08:00:00Z  client.enable  a  by eve\\u{202e}',
      '    enabled: false -> true',
      '    gone: was "x"',
      '    fresh: ["y"]',
    ])
  })
  it('selects by subject, and continues at a row', async () => {
    const ids = async (...args: string[]) => {
      const { entries } = (await cli.run('audit', 'list', ...args, '--json')).json() as {
        entries: { id: number; who: string }[]
      }
      return entries.map((entry) => entry.id)
    }
    expect(await ids()).toEqual([3, 2, 1])
    expect(await ids('a')).toEqual([3, 1])
    expect(await ids('a', '--before', '3')).toEqual([1])
    expect((await cli.run('audit', 'list', '--limit', '2')).err).toBe('more: --before 2')
    expect((await cli.run('audit', 'list', 'none')).err).toBe('no changes yet')
  })
  it.each(['0', '1001', 'x', '1.5'])('refuses --limit %s', async (limit) => {
    expect((await cli.run('audit', 'list', '--limit', limit)).status).toBe(2)
  })
})

describe('key-encryption-key generate', () => {
  it('makes another 32 octets each time', async () => {
    const keys = await Promise.all([1, 2].map(() => cli.run('key-encryption-key', 'generate')))
    expect(keys.map(({ out }) => fromBase64url(out)?.length)).toEqual([32, 32])
    expect(keys[0]?.out).not.toBe(keys[1]?.out)
  })
})
