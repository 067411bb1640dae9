import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import {
  mintCa,
  mintIssued,
  mintSelfSigned,
  type TestCa,
} from '../../../test/support/node/partners.ts'
import { toBase64 } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { thumbprint } from '../../x509/index.ts'

const day = 86_400
const api = ['--resource', 'https://api.example.com']

let cli: CommandLine
let root: TestCa
let acme: Bytes
let bolt: Bytes
beforeAll(async () => {
  cli = await commandLine()
  root = await mintCa('CN=Root', now)
  acme = await mintIssued('C=DE,O=Acme\\, Ltd,CN=acme', root, now, {
    names: [{ dns: 'a.example.net' }, { dns: 'b.example.net' }, { uri: 'https://acme.example/x' }],
  })
  bolt = await mintSelfSigned('CN=bolt', now)
  await cli.pem('root.pem', root.certificate)
  await cli.pem('acme.pem', acme)
  await cli.pem('bolt.pem', bolt)
  await cli.pem('late.pem', await mintIssued('CN=late', root, now, { notAfter: now - day }))
  await cli.pem('sub.pem', (await mintCa('CN=Sub', now, root)).certificate)
  const wild = { names: [{ dns: '*.example.net' }, { uri: 'https://wild.example/' }] }
  await cli.pem('wild.pem', await mintIssued('CN=wild', root, now, wild))
  const mixed = { names: [{ dns: '*.example.net' }, { dns: 'm.example.net' }] }
  await cli.pem('mixed.pem', await mintIssued('CN=mixed', root, now, mixed))
  await cli.pem('wrong-order.pem', root.certificate, acme)
  await cli.run('ca', 'add', 'acme-ca', 'root.pem')
}, 30_000)
afterAll(() => cli.dispose())

const audits = (subject: string) =>
  cli.rows('SELECT what, who, at, before, after FROM audit WHERE subject = ?1 ORDER BY id', subject)

describe('client add', () => {
  it('registers a CA-issued certificate by its subject', async () => {
    const ran = await cli.run(
      ...['client', 'add', 'Äcme, Ltd.', '--certificate', 'acme.pem', '--ca', 'acme-ca', ...api],
      ...['--scope', 'orders:read orders:write', '--scope', 'x', '--json', '--as', 'ops@acme'],
    )
    expect(ran.status, ran.err).toBe(0)
    const metadata = {
      client_id: 'acme-ltd',
      client_name: 'Äcme, Ltd.',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      trust_anchor_set: 'acme-ca',
      tls_client_auth_subject_dn: 'C=DE,O=Acme\\, Ltd,CN=acme',
      scope: 'orders:read orders:write x',
      resources: ['https://api.example.com'],
      tls_client_certificate_bound_access_tokens: true,
      access_token_format: 'jwt',
      introspection_resources: [],
      enabled: true,
    }
    expect(ran.json()).toEqual(metadata)
    const [entry] = await audits('acme-ltd')
    expect(entry).toMatchObject({ what: 'client.add', who: 'ops@acme', at: now, before: null })
    expect(JSON.parse(String(entry?.after))).toEqual(metadata)
  })

  it('accepts serverAuth in place of clientAuth only if the set does', async () => {
    const usage = ['--extended-key-usage', 'serverAuth']
    await cli.run('ca', 'add', 'servers', 'root.pem', ...usage)
    await cli.pem('server.pem', await mintIssued('CN=server', root, now, { purpose: 'server' }))
    const add = (set: string) =>
      cli.run('client', 'add', 'Server', '--certificate', 'server.pem', '--ca', set, ...api)
    const refused = await add('acme-ca')
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('does not vouch for this certificate: extended_key_usage')
    expect(await add('servers')).toMatchObject({ status: 0 })
  })

  it('registers a self-signed certificate itself', async () => {
    const ran = await cli.run(
      'client',
      'add',
      'Bolt',
      '--certificate',
      'bolt.pem',
      ...api,
      '--json',
    )
    expect(ran.status, ran.err).toBe(0)
    expect(ran.json()).toMatchObject({
      client_id: 'bolt',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: {
        keys: [
          { kty: 'EC', crv: 'P-256', x5c: [toBase64(bolt)], 'x5t#S256': await thumbprint(bolt) },
        ],
      },
    })
  })

  it('registers an API that only introspects, and names the endpoint', async () => {
    const add = (id: string, ...more: string[]) =>
      cli.run('client', 'add', id, '--certificate', 'bolt.pem', ...more)
    const asking = await add('asking', '--introspect', 'https://api.example.com')
    expect(asking.status, asking.err).toBe(0)
    expect(asking.err).toContain('/introspect with client_id=asking&token=...')
    expect(asking.err).not.toContain('grant_type')
    const stored = await cli.rows("SELECT resources FROM clients WHERE client_id = 'asking'")
    expect(stored).toEqual([{ resources: '[]' }])
    const both = await add('both', '--introspect', 'https://api.example.com', ...api)
    expect(both.err).toContain('grant_type=client_credentials&client_id=both')
    for (const none of [[], ['--introspect', ''], ['--resource', '']]) {
      expect(await add('none', ...none)).toMatchObject({
        status: 2,
        err: expect.stringContaining('needs at least one --resource'),
      })
    }
  })

  it('registers a self-signed certificate that is marked as a CA: openssl req -x509 marks all', async () => {
    await cli.pem('own-ca.pem', (await mintCa('CN=own', now)).certificate)
    const ran = await cli.run('client', 'add', 'Own', '--certificate', 'own-ca.pem', ...api)
    expect(ran.status, ran.err).toBe(0)
  })

  const ways: [name: string, args: string[], stored: object][] = [
    ['the one URI', ['--by', 'san-uri'], { tls_client_auth_san_uri: 'https://acme.example/x' }],
    [
      'the only host name that is not a wildcard',
      ['--by', 'san-dns', '--certificate', 'mixed.pem'],
      { tls_client_auth_san_dns: 'm.example.net' },
    ],
    [
      'one of two host names',
      ['--san-dns', 'B.example.net'],
      { tls_client_auth_san_dns: 'B.example.net' },
    ],
    [
      'a subject in another notation',
      ['--subject-dn', '2.5.4.6=#13024445, o=acme\\2c LTD, cn=ACME', '--ca', 'ways'],
      { tls_client_auth_subject_dn: '2.5.4.6=#13024445, o=acme\\2c LTD, cn=ACME' },
    ],
  ]
  it.each(ways)('registers by %s', async (name, args, stored) => {
    await cli.run('ca', 'add', 'ways', 'root.pem')
    const set = args.includes('--ca') ? [] : ['--ca', 'ways']
    const file = args.includes('--certificate') ? [] : ['--certificate', 'acme.pem']
    const ran = await cli.run('client', 'add', name, ...file, ...set, ...args, ...api, '--json')
    expect(ran.status, ran.err).toBe(0)
    expect(ran.json()).toMatchObject(stored)
  })

  it('registers a subject or a key set without a certificate', async () => {
    await cli.file(
      'jwks.json',
      JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] }),
    )
    const byIp = await cli.run(
      'client',
      'add',
      'By IP',
      '--ca',
      'acme-ca',
      '--san-ip',
      '2001:DB8::1',
      ...api,
    )
    const byKey = await cli.run('client', 'add', 'By key', '--jwks', 'jwks.json', ...api)
    expect([byIp.status, byKey.status], byIp.err + byKey.err).toEqual([0, 0])
  })

  it('refuses a key set with a wrong x5t#S256', async () => {
    const x5c = [toBase64(bolt)]
    const set = (x5t: string) => JSON.stringify({ keys: [{ kty: 'EC', x5c, 'x5t#S256': x5t }] })
    await cli.file('true.json', set(await thumbprint(bolt)))
    await cli.file('false.json', set('A'.repeat(43)))
    const refused = await cli.run('client', 'add', 'False', '--jwks', 'false.json', ...api)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('jwks.keys[0]: x5t#S256 is of another certificate than x5c')
    const taken = await cli.run('client', 'add', 'True', '--jwks', 'true.json', ...api)
    expect(taken.status, taken.err).toBe(0)
  })

  it('warns of a subject in the order of openssl, unless a certificate has that order', async () => {
    const add = (id: string, ...args: string[]) =>
      cli.run('client', 'add', id, '--ca', 'order', ...args, ...api)
    await cli.run('ca', 'add', 'order', 'root.pem')
    const warned = await add('order-1', '--subject-dn', 'C=DE, O=x, CN=y')
    expect(warned).toMatchObject({ status: 0 })
    expect(warned.err).toMatch(/^warning: RFC 4514 .*; did you mean CN=y,O=x,C=DE\?$/m)
    expect((await add('order-2', '--subject-dn', 'CN=y,O=x,C=DE')).err).not.toContain('warning')
    expect((await add('order-3', '--certificate', 'acme.pem')).err).not.toContain('warning')
  })

  const refusals: [name: string, args: string[], status: 1 | 2, words: RegExp][] = [
    [
      'a CA-issued certificate without --ca',
      ['--certificate', 'acme.pem'],
      1,
      /not self-signed: its issuer is CN=Root\n.*--ca SET/,
    ],
    [
      'an unknown set',
      ['--certificate', 'acme.pem', '--ca', 'none'],
      1,
      /no trust anchor set none\n.*ca add none FILE/,
    ],
    [
      'a set that does not vouch',
      ['--certificate', 'bolt.pem', '--ca', 'acme-ca'],
      1,
      /does not vouch for this certificate: unknown_issuer\n.*issuer is CN=bolt\n.*ca add acme-ca FILE/,
    ],
    [
      'a name that cannot be registered, and proposes those that can',
      ['--certificate', 'wild.pem', '--ca', 'acme-ca', '--by', 'san-dns'],
      1,
      /"\*\.example\.net": a wildcard .*\n +it has CN=wild: --by subject-dn\n +it has https:/,
    ],
    [
      'a chain in the wrong order',
      ['--certificate', 'wrong-order.pem', '--ca', 'acme-ca'],
      1,
      /certificate is an anchor of the set, CN=Root\n.*seems to be the second, C=DE,O=Acme/,
    ],
    [
      'a CA under another one as the partner',
      ['--certificate', 'sub.pem', '--ca', 'acme-ca', '--unverified'],
      1,
      /sub\.pem: the first certificate is a CA, CN=Sub\n.*give the partner's own certificate/,
    ],
    [
      'an expired certificate, without advice about CAs',
      ['--certificate', 'late.pem', '--ca', 'acme-ca'],
      1,
      /this certificate: expired\n +it expired .*\n +ask the partner for a new one: .*\n +--unverified/,
    ],
    [
      'two values of its subject',
      ['--certificate', 'acme.pem', '--ca', 'acme-ca', '--by', 'san-dns'],
      1,
      /has 2 of san-dns.*\n.*--san-dns a.example.net or --san-dns b.example.net/,
    ],
    [
      'none of its subject',
      ['--certificate', 'acme.pem', '--ca', 'acme-ca', '--by', 'san-email'],
      1,
      /no san-email/,
    ],
    [
      'a name that the certificate does not have',
      ['--certificate', 'acme.pem', '--ca', 'acme-ca', '--san-dns', 'c.example.net'],
      1,
      /does not have san-dns c.example.net/,
    ],
    [
      'a subject of another client',
      ['--certificate', 'acme.pem', '--ca', 'acme-ca'],
      1,
      /acme-ltd is registered with that subject/,
    ],
    [
      'a name that is taken',
      ['--certificate', 'bolt.pem', '--client-id', 'acme-ltd'],
      1,
      /there is a client acme-ltd already/,
    ],
    [
      'an invalid scope',
      ['--certificate', 'bolt.pem', '--scope', 'a"b'],
      1,
      /scope: not a scope token/,
    ],
    ['no file', ['--certificate', 'none.pem'], 1, /none.pem: there is no such file/],
    ['a file of something else', ['--certificate', 'jwks.json'], 1, /contains no certificate/],
    ['a subject without a set', ['--san-dns', 'a.example.net'], 2, /--san-dns goes with --ca SET/],
    [
      'two subjects',
      ['--ca', 'acme-ca', '--san-dns', 'a.example.net', '--subject-dn', 'CN=a'],
      2,
      /exactly one/,
    ],
    [
      'an unknown --by',
      ['--certificate', 'acme.pem', '--ca', 'acme-ca', '--by', 'cn'],
      2,
      /--by wants one of/,
    ],
    ['a client without any credential', [], 2, /needs a --certificate/],
    [
      'a key set beside a certificate',
      ['--jwks', 'jwks.json', '--certificate', 'bolt.pem'],
      2,
      /--jwks cannot be combined/,
    ],
  ]
  it.each(refusals)('refuses %s', async (name, args, status, words) => {
    const before = await cli.rows(
      'SELECT (SELECT count(*) FROM clients) AS c, (SELECT count(*) FROM audit) AS a',
    )
    const ran = await cli.run('client', 'add', name, ...args, ...api)
    expect(ran).toMatchObject({ status, out: '' })
    expect(ran.err).toMatch(words)
    expect(
      await cli.rows(
        'SELECT (SELECT count(*) FROM clients) AS c, (SELECT count(*) FROM audit) AS a',
      ),
    ).toEqual(before)
  })

  it('refuses a client without a resource, or with a name that gives no client_id', async () => {
    const none = await cli.run('client', 'add', 'x', '--certificate', 'bolt.pem')
    const name = await cli.run('client', 'add', '日本', '--certificate', 'bolt.pem', ...api)
    expect([none.status, name.status]).toEqual([2, 2])
    expect(name.err).toContain('--client-id')
  })

  it('needs the intermediate CA, from a separate file or the file of the partner', async () => {
    const issuing = await mintCa('CN=Issuing', now, root)
    const leaf = await mintIssued('CN=deep', issuing, now)
    await cli.pem('deep.pem', leaf)
    await cli.pem('deep-chain.pem', leaf, issuing.certificate)
    await cli.pem('issuing.pem', issuing.certificate)
    const add = (...args: string[]) =>
      cli.run('client', 'add', 'deep', '--ca', 'acme-ca', ...api, ...args)
    expect((await add('--certificate', 'deep.pem')).err).toMatch(
      /unknown_issuer[\s\S]*--intermediate FILE/,
    )
    expect((await add('--certificate', 'deep.pem', '--intermediate', 'issuing.pem')).status).toBe(0)
    expect((await add('--certificate', 'deep-chain.pem', '--client-id', 'deep-2')).err).toContain(
      'deep is registered',
    )
    const other = await mintIssued('CN=unverified', issuing, now)
    await cli.pem('other.pem', other)
    const unverified = await add(
      '--certificate',
      'other.pem',
      '--client-id',
      'other',
      '--unverified',
    )
    expect(unverified).toMatchObject({
      status: 0,
      err: expect.stringContaining('unverified: set acme-ca does not'),
    })
  })

  it('accepts an expired self-signed certificate only with --unverified', async () => {
    await cli.pem('old.pem', await mintSelfSigned('CN=old', now, { notAfter: now - 3 * day }))
    const refused = await cli.run('client', 'add', 'old', '--certificate', 'old.pem', ...api)
    expect(refused.err).toMatch(/not valid now: expired 3 days ago/)
    const taken = await cli.run(
      'client',
      'add',
      'old',
      '--certificate',
      'old.pem',
      '--unverified',
      ...api,
    )
    expect(taken.status).toBe(0)
  })
})
