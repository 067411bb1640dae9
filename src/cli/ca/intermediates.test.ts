import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa, mintIssued, type TestCa } from '../../../test/support/node/partners.ts'
import { toHex } from '../../encoding/hex.ts'

const year = 31_536_000

let cli: CommandLine
let root: TestCa
let issuing: TestCa
beforeAll(async () => {
  cli = await commandLine()
  root = await mintCa('CN=Root', now)
  issuing = await mintCa('CN=Issuing', now, root)
  await cli.pem('root.pem', root.certificate)
  await cli.pem('issuing.pem', issuing.certificate)
  await cli.pem('leaf.pem', await mintIssued('CN=leaf', issuing, now))
  await cli.run('ca', 'add', 'x', 'root.pem')
}, 30_000)
afterAll(() => cli.dispose())

const fingerprint = async ({ certificate }: TestCa) =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', certificate)))

const versionOf = async (set: string) =>
  (await cli.rows('SELECT version FROM trust_anchor_sets WHERE name = ?1', set))[0]?.version

const register = (name: string) =>
  cli.run(
    ...['client', 'add', name, '--certificate', 'leaf.pem', '--ca', 'x'],
    ...['--resource', 'https://api.example.com'],
  )

describe('ca add-intermediate', () => {
  it('allows to register a certificate without its chain', async () => {
    const without = await register('Leaf')
    expect(without).toMatchObject({ status: 1 })
    expect(without.err).toContain('`ca add-intermediate x FILE`')
    const added = await cli.run('ca', 'add-intermediate', 'x', 'issuing.pem', '--json')
    expect(added.json()).toEqual({
      set: 'x',
      added: [await fingerprint(issuing)],
      intermediates: [await fingerprint(issuing)],
    })
    expect(added.err).toBe('x has 1 intermediate')
    expect(await versionOf('x')).toBe(2)
    expect(await register('Leaf')).toMatchObject({ status: 0 })
  })

  it('writes audit rows', async () => {
    const [row] = await cli.rows("SELECT * FROM audit WHERE what = 'ca.add-intermediate'")
    expect(row).toMatchObject({ subject: 'x', who: 'tester@desk', before: null })
    expect(JSON.parse(String(row?.after))).toMatchObject({ subject: 'CN=Issuing' })
  })

  it('changes nothing for a CA that is in the set already', async () => {
    const again = await cli.run('ca', 'add-intermediate', 'x', 'issuing.pem', 'root.pem')
    expect(again.out).toMatch(/^already present +\S+ .* CN=Issuing\nis an anchor +\S+ .* CN=Root$/)
    expect(await versionOf('x')).toBe(2)
  })

  it('warns of an intermediate without a path to an anchor today', async () => {
    const old = await mintCa('CN=Old', now - 20 * year, root)
    const unrelated = await mintCa('CN=Unrelated', now, await mintCa('CN=Elsewhere', now))
    await cli.run('ca', 'add', 'warned', 'root.pem')
    await cli.pem('two.pem', old.certificate, unrelated.certificate)
    const ran = await cli.run('ca', 'add-intermediate', 'warned', 'two.pem')
    expect(ran).toMatchObject({ status: 0 })
    expect(ran.err).toMatch(
      /no path to an anchor of warned today: CN=Old \(expired, .*\n.*CN=Unrelated/,
    )
    const status = await cli.run('ca', 'status', 'warned')
    expect(status).toMatchObject({ status: 1 })
    expect(status.err).toMatch(/warned: an intermediate has expired: CN=Old: .*remove-intermediate/)
    expect((await cli.run('ca', 'status', 'x')).status).toBe(0)
  })

  it('refuses a root, and stores nothing of the file', async () => {
    const other = await mintCa('CN=Other Root', now)
    const below = await mintCa('CN=Below', now, other)
    await cli.pem('whole.pem', below.certificate, other.certificate)
    const ran = await cli.run('ca', 'add-intermediate', 'x', 'whole.pem')
    expect(ran).toMatchObject({ status: 1, out: '' })
    expect(ran.err).toMatch(/CN=Other Root is self-signed.*\n.*: certbound ca add x FILE$/)
    const listed = await cli.run('ca', 'list', 'x')
    expect(listed.out).not.toMatch(/Below|Other Root/)
  })

  it('ca add warns of a new anchor that is not a root', async () => {
    const [top, other] = [await mintCa('CN=Top', now), await mintCa('CN=Other', now, root)]
    await cli.pem('top.pem', top.certificate)
    await cli.pem('between.pem', (await mintCa('CN=Between', now, top)).certificate)
    await cli.pem('other.pem', other.certificate)
    const atFirst = await cli.run('ca', 'add', 'risen', 'top.pem')
    expect(atFirst.err).not.toContain('by itself')
    await cli.run('ca', 'add-intermediate', 'risen', 'between.pem')
    const risen = await cli.run('ca', 'add', 'risen', 'between.pem')
    expect(risen.err).toMatch(/^was an intermediate of the set, .* by itself: CN=Between$/m)
    const odd = await cli.run('ca', 'add', 'risen', 'other.pem')
    expect(odd.err).toMatch(
      /^is not a root, and is now trusted by itself: CN=Other, issued by CN=Root; to/m,
    )
    expect((await cli.run('ca', 'add', 'risen', 'other.pem')).err).not.toContain('by itself')
  })

  it('refuses an unknown set, a partner’s certificate, and too many intermediates', async () => {
    expect(await cli.run('ca', 'add-intermediate', 'none', 'issuing.pem')).toMatchObject({
      ...{ status: 1, err: expect.stringContaining('there is no trust anchor set none') },
    })
    const leaf = await cli.run('ca', 'add-intermediate', 'x', 'leaf.pem')
    expect(leaf.err).toContain('leaf.pem: CN=leaf is not a CA')
    const many = await Promise.all(
      Array.from({ length: 16 }, (_, i) => mintCa(`CN=Many ${i}`, now, root)),
    )
    await cli.pem('many.pem', ...many.map(({ certificate }) => certificate))
    expect((await cli.run('ca', 'add-intermediate', 'x', 'many.pem')).err).toMatch(
      /at most 16 intermediates/,
    )
    expect(
      await cli.rows("SELECT 1 FROM trust_set_intermediates WHERE set_name = 'x'"),
    ).toHaveLength(1)
    await cli.run('ca', 'add', 'full', 'root.pem')
    expect(await cli.run('ca', 'add-intermediate', 'full', 'many.pem')).toMatchObject({ status: 0 })
    expect((await cli.run('ca', 'add-intermediate', 'full', 'issuing.pem')).status).toBe(1)
  })
})

describe('ca list and ca status', () => {
  it('distinguish anchors from intermediates', async () => {
    const listed = await cli.run('ca', 'list', 'x')
    expect(listed.out).toMatch(
      / {2}\w{64} {2}anchor .*CN=Root\n {2}\w{64} {2}intermediate .*CN=Iss/,
    )
    expect((await cli.run('ca', 'list', 'x', '--json')).json()).toMatchObject({
      sets: [{ anchors: [{ subject: 'CN=Root' }], intermediates: [{ subject: 'CN=Issuing' }] }],
    })
    expect((await cli.run('ca', 'status', 'x')).out).toMatch(/intermediate +until \S+ \S+ +CN=Iss/)
  })
})

describe('ca remove-intermediate', () => {
  it('removes one by the beginning of its fingerprint', async () => {
    const short = (await fingerprint(issuing)).slice(0, 8)
    expect((await cli.run('ca', 'remove', 'x', short)).err).toContain('remove-intermediate')
    expect((await cli.run('ca', 'remove-intermediate', 'x', short.slice(1))).status).toBe(1)
    const removed = await cli.run('ca', 'remove-intermediate', 'x', short.toUpperCase())
    expect(removed.out).toBe('CN=Issuing is removed from x')
    expect(await versionOf('x')).toBe(3)
    expect(
      await cli.rows("SELECT 1 FROM audit WHERE what = 'ca.remove-intermediate'"),
    ).toHaveLength(1)
    expect((await cli.run('ca', 'remove-intermediate', 'x', short)).err).toMatch(
      /^certbound: 0 intermediates of x/,
    )
    expect(await register('Again')).toMatchObject({ status: 1 })
  })

  it('are removed with their set', async () => {
    await cli.run('ca', 'remove', 'full')
    expect(await cli.rows("SELECT 1 FROM trust_set_intermediates WHERE set_name = 'full'")).toEqual(
      [],
    )
  })
})
