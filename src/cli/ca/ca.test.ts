import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa, mintIssued, type TestCa } from '../../../test/support/node/partners.ts'
import { toHex } from '../../encoding/hex.ts'

const api = ['--resource', 'https://api.example.com']

let cli: CommandLine
let roots: TestCa[]
beforeAll(async () => {
  cli = await commandLine()
  roots = await Promise.all(['One', 'Two'].map((name) => mintCa(`CN=${name}`, now)))
  const [one, two] = roots.map((root) => root.certificate)
  if (one === undefined || two === undefined) throw new Error('two roots were asked for')
  await cli.pem('one.pem', one)
  await cli.pem('both.pem', one, two)
  await cli.file('two.der', two)
  for (const root of roots.slice(0, 1))
    await cli.pem('leaf.pem', await mintIssued('CN=leaf', root, now))
}, 30_000)
afterAll(() => cli.dispose())

const fingerprint = async (i: number) =>
  toHex(
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', roots[i]?.certificate ?? new Uint8Array()),
    ),
  )

const versionOf = async (set: string) =>
  (await cli.rows('SELECT version FROM trust_anchor_sets WHERE name = ?1', set))[0]?.version

const auditsOf = async (set: string) =>
  (await cli.rows('SELECT what FROM audit WHERE subject = ?1 ORDER BY id', set)).map(
    (row) => row.what,
  )

describe('ca add', () => {
  it('adds new CAs, from PEM or DER, and raises the version of the set', async () => {
    expect((await cli.run('ca', 'add', 'x', 'one.pem', '--json')).json()).toMatchObject({
      added: [await fingerprint(0)],
    })
    expect(await versionOf('x')).toBe(1)
    const second = await cli.run('ca', 'add', 'x', 'both.pem', 'two.der')
    expect(second.out).toMatch(/^already present {2}\S+ .* CN=One\nadded +\S+ .* CN=Two$/)
    expect(second.err).toContain('x trusts 2 CAs')
    expect(await versionOf('x')).toBe(2)
    expect(await auditsOf('x')).toEqual(['ca.add', 'ca.add'])
  })

  it('changes nothing if the set has all of them', async () => {
    const ran = await cli.run('ca', 'add', 'x', 'both.pem')
    expect(ran).toMatchObject({ status: 0, out: expect.not.stringMatching(/^added/m) })
    expect(await versionOf('x')).toBe(2)
  })

  it('warns of an anchor that is not valid now', async () => {
    const old = await mintCa('CN=Old', now - 20 * 31_536_000)
    await cli.pem('old.pem', old.certificate)
    expect((await cli.run('ca', 'add', 'old', 'old.pem')).err).toMatch(
      /not valid now: CN=Old \(expired/,
    )
  })

  it('refuses a partner’s own certificate and an invalid name of a set', async () => {
    const leaf = await cli.run('ca', 'add', 'y', 'one.pem', 'leaf.pem')
    expect(leaf.status).toBe(1)
    expect(leaf.err).toMatch(
      /leaf.pem: CN=leaf is not a CA[\s\S]*client add NAME --certificate leaf.pem --ca y/,
    )
    expect(await versionOf('y')).toBeUndefined()
    expect((await cli.run('ca', 'add', 'a set', 'one.pem')).status).toBe(2)
  })
})

describe('ca list', () => {
  it('shows fingerprints, expiry and the number of clients', async () => {
    await cli.run('client', 'add', 'Relying', '--ca', 'x', '--subject-dn', 'CN=r', ...api)
    const listed = (await cli.run('ca', 'list', 'x', '--json')).json()
    expect(listed).toMatchObject({
      sets: [
        {
          name: 'x',
          version: 2,
          clients: 1,
          anchors: [{}, {}],
        },
      ],
    })
    expect((await cli.run('ca', 'list')).out).toContain(`  ${await fingerprint(0)}  2037-`)
    expect((await cli.run('ca', 'list', 'none')).status).toBe(1)
  })
})

describe('ca remove', () => {
  it('removes one CA by the beginning of its fingerprint', async () => {
    const short = (await fingerprint(0)).slice(0, 8)
    expect((await cli.run('ca', 'remove', 'x', short.slice(0, 7))).status).toBe(1)
    expect((await cli.run('ca', 'remove', 'x', short.toUpperCase())).out).toBe(
      'CN=One is removed from x',
    )
    expect(await versionOf('x')).toBe(3)
    expect((await cli.run('ca', 'remove', 'x', short)).err).toMatch(/^certbound: 0 CAs of x/)
  })

  it('refuses to remove what clients use, and names the clients', async () => {
    for (const args of [['x'], ['x', await fingerprint(1)]]) {
      const ran = await cli.run('ca', 'remove', ...args)
      expect(ran.status).toBe(1)
      expect(ran.err).toContain('relying would be refused')
    }
    expect(await versionOf('x')).toBe(3)
    expect((await auditsOf('x')).filter((what) => what === 'ca.remove')).toHaveLength(1)
  })

  it('removes a set without clients', async () => {
    await cli.run('client', 'remove', 'relying', '--yes')
    expect((await cli.run('ca', 'remove', 'x')).out).toBe('the set x is removed, with 1 CA')
    expect(await versionOf('x')).toBeUndefined()
    expect(await cli.rows("SELECT 1 FROM trust_anchors WHERE set_name = 'x'")).toEqual([])
    expect((await auditsOf('x')).at(-1)).toBe('ca.remove')
    expect((await cli.run('ca', 'remove', 'x')).err).toContain('there is no trust anchor set x')
  })
})
