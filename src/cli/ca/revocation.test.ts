import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MintCrlRequest, mintCrl } from '../../../test/support/mint/mint.ts'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa, type TestCa } from '../../../test/support/node/partners.ts'
import type { Bytes } from '../../encoding/bytes.ts'

const url = 'http://crl.acme.example/root.crl'

let cli: CommandLine
let root: TestCa
let issuing: TestCa
/** The response to every fetch; null is 404. */
let served: Bytes | null = null
let asked: string[] = []
let sets = 0
let set = ''

beforeAll(async () => {
  cli = await commandLine(undefined, async (from) => {
    asked.push(from)
    return new Response(served, { status: served === null ? 404 : 200 })
  })
  root = await mintCa('CN=Root', now)
  issuing = await mintCa('CN=Issuing', now, root)
  await cli.pem('root.pem', root.certificate)
  await cli.pem('issuing.pem', issuing.certificate)
}, 30_000)
afterAll(() => cli.dispose())
beforeEach(() => {
  set = `set-${++sets}`
  asked = []
})

const listOf = (ca: TestCa, change: Partial<MintCrlRequest> = {}): Promise<Bytes> =>
  mintCrl({
    ...{ issuer: ca.name, signWith: ca.key, thisUpdate: now - 3600, nextUpdate: now + 3600 },
    ...change,
  })

const settings = async () =>
  (
    await cli.rows(
      'SELECT version, revocation, extended_key_usage, crl_hosts FROM trust_anchor_sets WHERE name = ?1',
      set,
    )
  )[0]

describe('ca add and ca set', () => {
  it('make a set with the default settings', async () => {
    await cli.run('ca', 'add', set, 'root.pem')
    expect(await settings()).toEqual({
      ...{ version: 1, revocation: 'off' },
      ...{ extended_key_usage: '["absent","any"]', crl_hosts: '[]' },
    })
  })

  it('change what the options name, and nothing else', async () => {
    await cli.run('ca', 'add', set, 'root.pem', '--revocation', 'if-available', '--crl-url', url)
    expect(await settings()).toMatchObject({
      ...{ revocation: 'if-available', crl_hosts: '["crl.acme.example"]' },
    })
    await cli.run('ca', 'set', set, '--extended-key-usage', 'none')
    expect(await settings()).toMatchObject({
      ...{ version: 3, revocation: 'if-available', extended_key_usage: '[]' },
    })
    const ran = await cli.run(
      'ca',
      'set',
      set,
      '--revocation',
      'require',
      '--crl-host',
      'B.example',
    )
    expect(ran.out).toBe(
      `${set}: revocation require; key usage clientAuth only; CRLs from b.example, crl.acme.example`,
    )
    // The setting is the same already: no change.
    await cli.run('ca', 'set', set, '--revocation', 'require')
    expect(await settings()).toMatchObject({ version: 4 })
    const audits = await cli.rows('SELECT what FROM audit WHERE subject = ?1 ORDER BY id', set)
    expect(audits.map(({ what }) => what)).toEqual(['ca.add', 'ca.set', 'ca.set', 'ca.set'])
  })

  it('remove a host with its sources', async () => {
    await cli.run('ca', 'add', set, 'root.pem', '--crl-url', url, '--crl-host', 'b.example')
    await cli.run('ca', 'set', set, '--drop-crl-host', 'crl.acme.example')
    expect(await settings()).toMatchObject({ crl_hosts: '["b.example"]' })
    expect(await cli.rows('SELECT url FROM crl_sources WHERE set_name = ?1', set)).toEqual([])
  })

  it('are shown by ca list', async () => {
    await cli.run('ca', 'add', set, 'root.pem', '--revocation', 'if-available')
    expect((await cli.run('ca', 'list', set)).out).toContain('\n  revocation if-available; ')
    expect((await cli.run('ca', 'list', set, '--json')).json()).toMatchObject({
      sets: [{ revocation: 'if-available', extended_key_usage: ['absent', 'any'], crl_hosts: [] }],
    })
  })

  it.each([
    ['--revocation', 'on'],
    ['--extended-key-usage', 'codeSigning'],
    ['--crl-url', 'http://127.0.0.1/a.crl'],
    ['--crl-url', 'ldap://crl.acme.example/'],
    ['--crl-url', 'http://user:password@crl.acme.example/'],
    ['--crl-host', 'localhost'],
    ['--crl-host', '10.0.0.1'],
  ])('refuse %s %s, and change nothing', async (option, value) => {
    expect((await cli.run('ca', 'add', set, 'root.pem', option, value)).status).toBe(2)
    expect(await settings()).toBeUndefined()
  })

  it('refuse an unknown set', async () => {
    expect((await cli.run('ca', 'set', set, '--revocation', 'off')).status).toBe(1)
  })
})

describe('CRLs from files', () => {
  it('are installed by ca add', async () => {
    await cli.file('root.crl', await listOf(root, { number: 5, entries: [{ serial: 1 }] }))
    const ran = await cli.run('ca', 'add', set, 'root.pem', '--crl', 'root.crl')
    expect(ran.out).toContain(`stored  ${set}  root.crl  CN=Root, number 5, 1 entry`)
    expect(
      await cli.rows('SELECT crl_generation FROM trust_anchor_sets WHERE name = ?1', set),
    ).toEqual([{ crl_generation: 1 }])
  })

  it('need the certificate of the CA that signed them', async () => {
    await cli.file('issuing.crl', await listOf(issuing))
    await cli.run('ca', 'add', set, 'root.pem')
    const args = ['ca', 'refresh', set, '--crl', 'issuing.crl'] as const
    expect(await cli.run(...args)).toMatchObject({
      status: 1,
      out: `refused  ${set}  issuing.crl  not_signed_by_issuer`,
    })
    expect(await cli.run(...args, '--crl-issuer', 'issuing.pem')).toMatchObject({
      status: 0,
      out: `stored  ${set}  issuing.crl  CN=Issuing, number 1, 0 entries`,
    })
    expect(asked).toEqual([])
  })

  it('are accepted if an intermediate of the set signed them', async () => {
    await cli.file('issuing.crl', await listOf(issuing))
    await cli.run('ca', 'add', set, 'root.pem')
    await cli.run('ca', 'add-intermediate', set, 'issuing.pem')
    expect(await cli.run('ca', 'refresh', set, '--crl', 'issuing.crl')).toMatchObject({
      status: 0,
      out: `stored  ${set}  issuing.crl  CN=Issuing, number 1, 0 entries`,
    })
  })

  it('never replace a newer CRL', async () => {
    await cli.run('ca', 'add', set, 'root.pem')
    for (const number of [7, 6]) {
      await cli.file(
        `${number}.crl`,
        await listOf(root, { number, thisUpdate: now - 100 + number }),
      )
    }
    expect((await cli.run('ca', 'refresh', set, '--crl', '7.crl')).status).toBe(0)
    const back = await cli.run('ca', 'refresh', set, '--crl', '6.crl')
    expect(back).toMatchObject({ status: 1, out: expect.stringContaining('number_went_back') })
    expect((await cli.run('ca', 'status', set, '--json')).json()).toMatchObject({
      sets: [{ lists: [{ crl_number: '7' }] }],
    })
  })

  it('are verified by --dry-run, and not stored', async () => {
    await cli.file('dry.crl', await listOf(issuing))
    await cli.run('ca', 'add', set, 'root.pem')
    const args = ['ca', 'refresh', set, '--crl', 'dry.crl', '--dry-run'] as const
    expect(await cli.run(...args)).toMatchObject({
      status: 1,
      out: `refused  ${set}  dry.crl  not_signed_by_issuer`,
    })
    const dry = await cli.run(...args, '--crl-issuer', 'issuing.pem')
    expect(dry).toMatchObject({ status: 0, err: 'dry run: nothing was changed' })
    expect(dry.out).toContain('stored')
    for (const table of ['crl_lists', 'crl_shards', 'crl_issuers']) {
      expect(await cli.rows(`SELECT 1 FROM ${table} WHERE set_name = ?1`, set)).toEqual([])
    }
  })

  it('need a set', async () => {
    expect((await cli.run('ca', 'refresh', '--crl', 'root.crl')).status).toBe(2)
  })
})

describe('ca refresh and ca status', () => {
  it('fetch CRLs and show their status', async () => {
    await cli.run('ca', 'add', set, 'root.pem', '--revocation', 'require', '--crl-url', url)
    expect(await cli.run('ca', 'status', set)).toMatchObject({
      status: 1,
      err: expect.stringContaining('no CRL in force'),
    })
    served = null
    expect(await cli.run('ca', 'refresh', set)).toMatchObject({
      status: 1,
      out: `refused  ${set}  ${url}  status status=404`,
    })
    expect((await cli.run('ca', 'status', set)).err).toContain(`${url}: status status=404`)
    served = await listOf(root, { entries: [{ serial: 1 }, { serial: 2 }] })
    expect((await cli.run('ca', 'refresh', set)).out).toContain('number 1, 2 entries')
    const status = await cli.run('ca', 'status', set)
    expect(status).toMatchObject({ status: 0, err: '' })
    expect(status.out).toMatch(/current +number 1 +2 revoked .*\(60 min old\) .* CN=Root\n/)
    expect(asked).toEqual([url, url])
    const later = await cli.at(now + 3601, 'ca', 'status', set, '--json')
    expect(later).toMatchObject({ status: 1 })
    expect(later.json()).toMatchObject({
      sets: [{ lists: [{ stale: true, age: 7201 }], sources: [{ url, error: null }] }],
    })
  })

  it('fetch with --dry-run, and write nothing', async () => {
    await cli.run('ca', 'add', set, 'root.pem', '--revocation', 'require', '--crl-url', url)
    const source = () => cli.rows('SELECT * FROM crl_sources WHERE set_name = ?1', set)
    const before = await source()
    for (const body of [null, await listOf(root)]) {
      served = body
      const { status } = await cli.run('ca', 'refresh', set, '--dry-run')
      expect(status).toBe(body === null ? 1 : 0)
    }
    expect(await source()).toEqual(before)
    expect(await cli.rows('SELECT 1 FROM crl_lists WHERE set_name = ?1', set)).toEqual([])
  })

  it('say that there is nothing to fetch', async () => {
    await cli.run('ca', 'add', set, 'root.pem')
    expect((await cli.run('ca', 'refresh', set)).err).toContain('nothing to fetch')
    for (const verb of ['refresh', 'status'])
      expect((await cli.run('ca', verb, 'none')).status).toBe(1)
  })
})
