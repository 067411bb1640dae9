import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'

const api = 'https://api.example.com'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
  await cli.write("INSERT INTO trust_anchor_sets (name, version, created_at) VALUES ('set', 1, 1)")
  await cli.run(
    ...['client', 'add', 'Acme', '--ca', 'set', '--subject-dn', 'CN=acme'],
    ...['--scope', 'read', '--resource', api],
  )
}, 30_000)
afterAll(() => cli.dispose())

const update = (...args: string[]) => cli.run('client', 'update', 'acme', ...args)

const stored = async () => {
  const [row] = await cli.rows("SELECT * FROM clients WHERE client_id = 'acme'")
  return row
}

const bound = 'tls_client_certificate_bound_access_tokens'

describe('client update', () => {
  const changes: [name: string, args: string[], columns: object][] = [
    ['the name', ['--name', 'Acme Ltd'], { client_name: 'Acme Ltd' }],
    ['the scope', ['--scope', 'read write', '--scope', 'x'], { scope: 'read write x' }],
    ['the scope by none', ['--scope', ''], { scope: '' }],
    [
      'the resources',
      ['--resource', 'urn:example:b', '--resource', api],
      { resources: JSON.stringify(['urn:example:b', api]) },
    ],
    ['the format', ['--token-format', 'opaque'], { access_token_format: 'opaque' }],
    ['the format back', ['--token-format', 'jwt'], { access_token_format: 'jwt' }],
    [
      'what it may introspect',
      ['--introspect', api, '--introspect', 'urn:example:b'],
      { introspection_resources: JSON.stringify([api, 'urn:example:b']) },
    ],
    ['what it may introspect by none', ['--introspect', ''], { introspection_resources: '[]' }],
    [
      'the resources by none, of one that only introspects',
      ['--resource', '', '--introspect', api],
      { resources: '[]', introspection_resources: JSON.stringify([api]) },
    ],
    [
      'the resources again',
      ['--resource', api, '--introspect', ''],
      { resources: JSON.stringify([api]), introspection_resources: '[]' },
    ],
    ['the binding', ['--unbound'], { [bound]: 0 }],
    ['the binding back', ['--bound', '--scope', 'read'], { [bound]: 1, scope: 'read' }],
  ]
  it.each(changes)('replaces %s and nothing else', async (_, args, columns) => {
    const before = await stored()
    const ran = await cli.at(now + 60, 'client', 'update', 'acme', ...args)
    expect(ran.status, ran.err).toBe(0)
    const version = Number(before?.version) + 1
    expect(await stored()).toEqual({ ...before, ...columns, version, updated_at: now + 60 })
  })

  it('prints the changes, and writes an audit row', async () => {
    const ran = await update('--scope', 'a b', '--as', 'ops')
    expect(ran.out).toBe('updated acme\n\nscope  "read" -> "a b"')
    const entries = await cli.rows('SELECT * FROM audit ORDER BY id DESC LIMIT 1')
    expect(entries).toMatchObject([{ what: 'client.update', who: 'ops', subject: 'acme', at: now }])
    expect(JSON.parse(String(entries[0]?.before))).toMatchObject({ scope: 'read', enabled: true })
    expect(JSON.parse(String(entries[0]?.after))).toMatchObject({ scope: 'a b', enabled: true })
    expect((await update('--scope', 'b a', '--json')).json()).toMatchObject({
      client_id: 'acme',
      scope: 'b a',
      tls_client_auth_subject_dn: 'CN=acme',
    })
  })

  const unchanged: [name: string, args: string[], status: number, message: RegExp][] = [
    ['what is so already', ['acme', '--name', 'Acme Ltd'], 0, /acme already has these values/],
    [
      'what is no scope',
      ['acme', '--scope', 'a"b'],
      1,
      /scope: not a scope token.*\n +nothing was/,
    ],
    ['what is no resource', ['acme', '--resource', 'api'], 1, /resources: want/],
    [
      'no resource, and nothing to introspect',
      ['acme', '--resource', ''],
      1,
      /resources: want 1 to/,
    ],
    ['a name with a control', ['acme', '--name', 'a\u0007'], 1, /control character, U\+0007/],
    ['a client that is not there', ['none', '--bound'], 1, /there is no client none/],
    ['nothing', ['acme'], 2, /needs something to replace/],
    ['both bindings', ['acme', '--bound', '--unbound'], 2, /exclude each other/],
  ]
  it.each(unchanged)('changes nothing: %s', async (_, args, status, message) => {
    const state = async () => [await stored(), await cli.rows('SELECT count(*) AS n FROM audit')]
    const before = await state()
    const ran = await cli.run('client', 'update', ...args)
    expect(ran.status).toBe(status)
    expect(ran.out + ran.err).toMatch(message)
    expect(await state()).toEqual(before)
  })
})
