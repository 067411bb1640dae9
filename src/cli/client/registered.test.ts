import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CommandLine,
  commandLine,
  now,
  type Ran,
} from '../../../test/support/node/command-line.ts'
import { mintCa, mintIssued, mintSelfSigned } from '../../../test/support/node/partners.ts'
import { toBase64 } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { parseCertificate, publicKeyToJwk, thumbprint } from '../../x509/index.ts'

const api = ['--resource', 'https://api.example.com']

let cli: CommandLine
let bolt: Bytes
beforeAll(async () => {
  cli = await commandLine()
  const root = await mintCa('CN=Root', now)
  bolt = await mintSelfSigned('CN=bolt', now)
  const acme = await mintIssued('CN=acme', root, now)
  await cli.pem('root.pem', root.certificate)
  await cli.pem('bolt.pem', bolt)
  await cli.pem('acme.pem', acme)
  await cli.pem('chain.pem', acme, root.certificate)
  await cli.run('ca', 'add', 'acme-ca', 'root.pem')
  await cli.run('client', 'add', 'Bolt', '--certificate', 'bolt.pem', ...api)
  await cli.run('client', 'add', 'Acme Ltd', '--ca', 'acme-ca', '--certificate', 'acme.pem', ...api)
  for (const name of ['a', 'b', 'z']) {
    await cli.run('client', 'add', name, '--ca', 'acme-ca', '--subject-dn', `CN=${name}`, ...api)
  }
}, 30_000)
afterAll(() => cli.dispose())

const audits = (subject: string) =>
  cli.rows('SELECT what, who, at, before, after FROM audit WHERE subject = ?1 ORDER BY id', subject)

describe('client list and show', () => {
  it('pages in the order of client_id', async () => {
    const all = (await cli.run('client', 'list', '--json')).json() as {
      clients: { client_id: string }[]
    }
    const ids = all.clients.map((client) => client.client_id)
    expect(ids).toEqual(ids.toSorted())
    const seen: string[] = []
    for (let after = ''; ; ) {
      const args = after === '' ? [] : ['--after', after]
      const ran = await cli.run('client', 'list', '--limit', '2', ...args, '--json')
      const page = ran.json() as { clients: { client_id: string }[]; next_after: string | null }
      seen.push(...page.clients.map((client) => client.client_id))
      if (page.next_after === null) break
      expect(ran.err).toContain(`--after ${page.next_after}`)
      after = page.next_after
    }
    expect(seen).toEqual(ids)
  })

  it('shows the certificate of a client and its expiry', async () => {
    const ran = await cli.run('client', 'show', 'bolt')
    expect(ran.out).toContain(await thumbprint(bolt))
    expect(ran.out).toMatch(/certificate +\S+ CN=bolt \(365 days left\)/)
    expect((await cli.run('client', 'show', 'none')).err).toContain('there is no client none')
  })

  it('reports a row that the Worker would refuse', async () => {
    await cli.run('client', 'add', 'Odd', '--ca', 'acme-ca', '--subject-dn', 'CN=odd', ...api)
    await cli.write("UPDATE clients SET subject_key = 'planted' WHERE client_id = 'odd'")
    const ran = await cli.run('client', 'show', 'odd', '--json')
    expect(ran.json()).toMatchObject({ problem: expect.stringContaining('subject_key') })
    expect(ran.err).toContain('the Worker refuses this client')
  })
})

describe('client disable, enable and remove', () => {
  const stateOf = async (id: string) =>
    (await cli.rows('SELECT enabled, version FROM clients WHERE client_id = ?1', id))[0]

  it('changes once, and reports if there is nothing to change', async () => {
    await cli.run('client', 'add', 'Core', '--ca', 'acme-ca', '--subject-dn', 'CN=core', ...api)
    expect(await stateOf('core')).toEqual({ enabled: 1, version: 1 })
    expect((await cli.run('client', 'disable', 'core')).err).toContain('within 30 s everywhere')
    expect(await stateOf('core')).toEqual({ enabled: 0, version: 2 })
    expect((await cli.run('client', 'disable', 'core')).out).toBe('core is already disabled')
    expect(await stateOf('core')).toEqual({ enabled: 0, version: 2 })
    await cli.run('client', 'enable', 'core')
    expect(await stateOf('core')).toEqual({ enabled: 1, version: 3 })
    const entries = await audits('core')
    expect(entries.map((entry) => entry.what)).toEqual([
      'client.add',
      'client.disable',
      'client.enable',
    ])
    expect(JSON.parse(String(entries[1]?.before))).toMatchObject({ enabled: true })
    expect(JSON.parse(String(entries[1]?.after))).toMatchObject({ enabled: false })
  })

  it('removes only with --yes', async () => {
    const asked = await cli.run('client', 'remove', 'core')
    expect(asked).toMatchObject({ status: 1, err: expect.stringContaining('--yes') })
    expect(await stateOf('core')).toBeDefined()
    expect((await cli.run('client', 'remove', 'core', '--yes')).status).toBe(0)
    expect(await stateOf('core')).toBeUndefined()
    const last = (await audits('core')).at(-1)
    expect(last).toMatchObject({ what: 'client.remove', after: null })
    expect((await cli.run('client', 'remove', 'core', '--yes')).err).toContain(
      'there is no client core',
    )
  })
})

describe('rollover of a self-signed partner', () => {
  const add = (file: string) => cli.run('client', 'add-certificate', 'bolt', file)
  const remove = (text: string) => cli.run('client', 'remove-certificate', 'bolt', text)

  it('adds the next certificate, then removes the last one', async () => {
    const next = await mintSelfSigned('CN=bolt', now)
    await cli.pem('next.pem', next)
    expect((await add('next.pem')).err).toContain('it has 2 certificates')
    expect((await add('next.pem')).out).toContain('already')
    expect((await remove('A'.repeat(43))).err).toContain('has no such certificate')
    const removed = await remove(await thumbprint(bolt))
    expect(removed.status).toBe(0)
    // Isolates that have it in their cache may still issue tokens to it.
    expect(removed.err).toContain('`certbound client revoke-tokens bolt` after that')
    const only = await thumbprint(next)
    expect((await remove(only)).err).toContain('the only certificate')
    const shown = (await cli.run('client', 'show', 'bolt', '--json')).json()
    expect(shown).toMatchObject({
      jwks: { keys: [{ 'x5t#S256': only }] },
      version: 3,
      problem: null,
    })
    const entries = await audits('bolt')
    expect(entries.map((entry) => entry.what)).toEqual([
      'client.add',
      'client.add-certificate',
      'client.remove-certificate',
    ])
  })

  it('prints an identifier for every key of a JWK Set', async () => {
    const whole = await mintSelfSigned('CN=whole', now)
    const parsed = parseCertificate(whole)
    const key = parsed.ok ? publicKeyToJwk(parsed.certificate.publicKey) : null
    // RFC 7638 section 3.1 has this key and its thumbprint.
    const example = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
    }
    const keys = [{ ...key, x5c: [toBase64(whole)] }, example]
    await cli.file('mixed.json', `\ufeff${JSON.stringify({ keys })}`)
    const added = await cli.run('client', 'add', 'mixed', '--jwks', 'mixed.json', ...api)
    expect(added.status, added.err).toBe(0)
    const handles = [await thumbprint(whole), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs']
    const shown = await cli.run('client', 'show', 'mixed')
    expect(shown.out).toMatch(new RegExp(`^certificate +${handles[0]} CN=whole \\(`, 'm'))
    expect(shown.out).toMatch(new RegExp(`^public key +${handles[1]} \\(RSA\\)`, 'm'))
    expect((await cli.run('client', 'show', 'mixed', '--json')).json()).toMatchObject({
      key_thumbprints: [
        { kind: 'certificate', thumbprint: handles[0] },
        { kind: 'public key', thumbprint: handles[1] },
      ],
    })
    await cli.pem('whole.pem', whole)
    const again = await cli.run('client', 'add-certificate', 'mixed', 'whole.pem')
    expect(again.out).toContain('already')
    const take = (handle = '') => cli.run('client', 'remove-certificate', 'mixed', handle)
    expect(await take(handles[1])).toMatchObject({ status: 0 })
    expect((await take(handles[0])).err).toContain('the only certificate')
    const next = await mintSelfSigned('CN=whole', now)
    await cli.pem('whole-2.pem', next)
    await cli.run('client', 'add-certificate', 'mixed', 'whole-2.pem')
    expect(await take(handles[0])).toMatchObject({ status: 0 })
  })

  const refusals: [name: string, ran: () => Promise<Ran>, message: RegExp][] = [
    ['a CA-issued certificate', () => add('acme.pem'), /not self-signed/],
    ['a file of several certificates', () => add('chain.pem'), /holds 2 certificates/],
    [
      'a client that is registered by its subject',
      () => cli.run('client', 'add-certificate', 'acme-ltd', 'bolt.pem'),
      /authenticates by its subject, under the set acme-ca/,
    ],
  ]
  it.each(refusals)('refuses %s', async (_, ran, message) => {
    const { status, err } = await ran()
    expect(status).toBe(1)
    expect(err).toMatch(message)
  })
})
