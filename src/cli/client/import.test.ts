import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { manyClients, manyClientsSet } from '../../../test/support/node/many-clients.ts'
import { mintCa, mintSelfSigned } from '../../../test/support/node/partners.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  await cli.pem('root.pem', (await mintCa('CN=Root', now)).certificate)
  for (const set of [manyClientsSet, 'acme']) await cli.run('ca', 'add', set, 'root.pem')
}, 30_000)
afterAll(() => cli.dispose())
beforeEach(async () => {
  await cli.write('DELETE FROM clients')
  await cli.write('DELETE FROM audit')
})

type Metadata = Readonly<Record<string, unknown>>

const acme: Metadata = {
  client_id: 'acme',
  client_name: 'Acme «ÄÖ» 株式会社',
  token_endpoint_auth_method: 'tls_client_auth',
  trust_anchor_set: 'acme',
  tls_client_auth_subject_dn: 'CN=acme',
  scope: 'read write',
  resources: ['https://api.example.com'],
}

const linesOf = (...clients: readonly Metadata[]): string =>
  clients.map((client) => `${JSON.stringify(client)}\n`).join('')

const conflictRules = ['refuse', 'skip', 'replace']

/** Imports lines from a file. */
const load = async (text: string | Uint8Array, ...options: readonly string[]) => {
  await cli.file('clients.jsonl', text)
  return cli.run('client', 'import', 'clients.jsonl', ...options)
}

const exported = async () => (await cli.run('client', 'export')).out

const countOf = async (table: 'clients' | 'audit') =>
  (await cli.rows(`SELECT count(*) AS n FROM ${table}`))[0]?.n

describe('client import', () => {
  it('registers thousands in chunks, and leaves one audit row', async () => {
    const lines = `${[...manyClients(5000)].join('\n')}\n`
    const ran = await load(lines, '--json')
    expect(ran.json()).toMatchObject({ clients: 5000, added: 5000, present: 0, imported: true })
    expect(await countOf('clients')).toBe(5000)
    expect((await exported()).split('\n')).toHaveLength(5000)
    const [audit, ...more] = await cli.rows('SELECT * FROM audit')
    expect(more).toEqual([])
    const { sha256 } = ran.json() as { sha256: string }
    expect(audit).toMatchObject({ what: 'client.import', who: 'tester@desk', subject: sha256 })
    expect(JSON.parse(String(audit?.after))).toEqual({
      run: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ file: 'clients.jsonl', sha256, on_conflict: 'refuse' },
      ...{ clients: 5000, done: 5000, written: 5000 },
    })
    const octets = new Uint8Array(await readFile(join(cli.folder, 'clients.jsonl')))
    const digest = await crypto.subtle.digest('SHA-256', octets)
    expect(sha256).toBe(Buffer.from(digest).toString('hex'))
  }, 30_000)

  it('registers what client show and client export print', async () => {
    await cli.pem('solo.pem', await mintSelfSigned('CN=solo', now))
    const resource = ['--resource', 'https://api.example.com']
    await cli.run('client', 'add', 'Solo', '--certificate', 'solo.pem', ...resource)
    await cli.run('client', 'disable', 'solo')
    await load(linesOf(acme), '--quiet')
    const before = await exported()
    expect(before.split('\n')).toHaveLength(2)
    const shown = (await cli.run('client', 'show', 'solo', '--json')).json() as Metadata
    await cli.write('DELETE FROM clients')
    expect(await load(linesOf(shown, acme))).toMatchObject({ status: 0, out: '2 added' })
    expect(await exported()).toBe(before)
    expect(JSON.parse(before.split('\n')[1] ?? '')).toMatchObject({ enabled: false })
    // And the identity: an export, imported again.
    await cli.write('DELETE FROM clients')
    await load(before)
    expect(await exported()).toBe(before)
  })

  it('accepts a byte order mark, CRLF and empty lines', async () => {
    const text = `\ufeff${linesOf(acme).trim()}\r\n\r\n  \n${JSON.stringify({ ...acme, client_id: 'b', tls_client_auth_subject_dn: 'CN=b' })}`
    expect(await load(text)).toMatchObject({ status: 0, out: '2 added' })
    expect(await cli.run('client', 'import', 'no-such-file')).toMatchObject({ status: 1 })
    expect(await cli.run('client', 'import', '.')).toMatchObject({ status: 1 })
  })

  it('changes nothing with --dry-run', async () => {
    const ran = await load(linesOf(acme), '--dry-run')
    expect(ran).toMatchObject({
      status: 0,
      out: '1 client: 1 to add',
      err: 'nothing was imported',
    })
    expect([await countOf('clients'), await countOf('audit')]).toEqual([0, 0])
  })
})

describe('a client_id that is registered', () => {
  const other = { ...acme, client_id: 'other', tls_client_auth_subject_dn: 'CN=other' }
  const versions = () =>
    cli.rows('SELECT client_id, version, scope FROM clients ORDER BY client_id')
  beforeEach(async () => void (await load(linesOf(acme))))

  it('is refused, with the whole file', async () => {
    for (const rule of [[], ['--on-conflict', 'refuse']]) {
      const ran = await load(linesOf(other, acme), ...rule)
      expect(ran).toMatchObject({ status: 1, out: '' })
      expect(ran.err).toContain('clients.jsonl, line 2: there is a client acme already')
    }
    expect(await countOf('clients')).toBe(1)
  })

  it('is skipped', async () => {
    const ran = await load(linesOf({ ...acme, scope: 'x' }, other), '--on-conflict', 'skip')
    expect(ran).toMatchObject({ status: 0, out: '1 added, 1 left as they were' })
    expect(await versions()).toEqual([
      { client_id: 'acme', version: 1, scope: 'read write' },
      { client_id: 'other', version: 1, scope: 'read write' },
    ])
    // Nothing left to do: no audit row either.
    const audits = await countOf('audit')
    await load(linesOf(acme, other), '--on-conflict', 'skip')
    expect(await countOf('audit')).toBe(audits)
  })

  it('is replaced if it differs, and stays disabled unless the line enables it', async () => {
    await cli.run('client', 'disable', 'acme')
    const replace = (client: Metadata) => load(linesOf(client, other), '--on-conflict', 'replace')
    const changed = { ...acme, scope: 'x' }
    expect((await replace(changed)).out).toBe('1 added, 1 replaced, 0 left as they were')
    expect((await versions())[0]).toEqual({ client_id: 'acme', version: 3, scope: 'x' })
    expect(await cli.rows('SELECT enabled FROM clients ORDER BY client_id')).toEqual([
      { enabled: 0 },
      { enabled: 1 },
    ])
    expect((await replace(changed)).out).toBe('0 added, 0 replaced, 2 left as they were')
    expect((await versions())[0]).toMatchObject({ version: 3 })
    await replace({ ...changed, enabled: true })
    expect(await cli.rows('SELECT 1 FROM clients WHERE enabled = 0')).toEqual([])
  })
})

describe('a file with a problem imports nothing', () => {
  const good = { ...acme, client_id: 'good', tls_client_auth_subject_dn: 'CN=good' }

  it('and everything without the problem', async () => {
    expect(await load(linesOf(good, acme))).toMatchObject({ status: 0 })
  })

  it.each<[what: string, second: string | Uint8Array, problem: RegExp]>([
    ['no JSON', '{"client_id"', /line 2: not JSON/],
    ['no object', '[]', /line 2: want a JSON object/],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /line 2: not UTF-8/],
    ['too long', `"${'x'.repeat(300_000)}"`, /line 2: not UTF-8, or longer than 262144 octets/],
    [
      'an unknown member',
      linesOf({ ...acme, client_secret: 'x' }),
      /line 2: unknown client metadata: client_s/,
    ],
    ['no resource', linesOf({ ...acme, resources: [] }), /line 2: resources: want 1 to/],
    [
      'enabled that is no boolean',
      linesOf({ ...acme, enabled: 1 }),
      /line 2: enabled: want true or false/,
    ],
    [
      'an unknown set',
      linesOf({ ...acme, trust_anchor_set: 'no' }),
      /line 2: there is no trust anchor set no/,
    ],
    ['a client_id twice', linesOf(good), /line 2: good is also in line 1/],
    [
      'a subject twice, spelt differently',
      linesOf({ ...acme, tls_client_auth_subject_dn: 'cn= GOOD' }),
      /line 2: has the subject of line 1/,
    ],
  ])('%s', async (_, second, problem) => {
    const first = linesOf(good)
    const text = Buffer.concat([Buffer.from(first), Buffer.from(second)])
    const ran = await load(new Uint8Array(text))
    expect(ran.status).toBe(1)
    expect(ran.err).toMatch(problem)
    expect(ran.err).toContain('nothing was imported')
    expect([await countOf('clients'), await countOf('audit')]).toEqual([0, 0])
  })

  it('the subject of a registered client', async () => {
    await load(linesOf(acme))
    for (const rule of conflictRules) {
      const ran = await load(linesOf({ ...acme, client_id: 'thief' }), '--on-conflict', rule)
      expect(ran.err).toMatch(/line 1: acme is registered with its subject/)
    }
    // In another set it is another subject.
    const elsewhere = { ...acme, client_id: 'thief', trust_anchor_set: manyClientsSet }
    expect(await load(linesOf(elsewhere))).toMatchObject({ status: 0 })
  })

  it('prints twenty problems, and how many more there are', async () => {
    const ran = await load(linesOf(...Array.from({ length: 5000 }, () => ({}))))
    expect(ran.err.match(/line \d+: /g)).toHaveLength(20)
    expect(ran.err).toMatch(/and \d+ \d+ more\n/)
    expect((await load('', '--on-conflict', 'merge')).status).toBe(2)
  })
})
