import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseIpAddress } from '../../src/x509/index.ts'
import { type MintGeneralName, subjectAltName } from '../support/mint/mint.ts'
import { askForToken, verified, x5t } from '../support/node/access-token.ts'
import { chainFile, type Identity, mintIdentity } from '../support/node/certificates.ts'
import { type LocalEdge, startLocalEdge } from '../support/node/local-edge.ts'

const api = 'https://api.example.com'
const now = Math.floor(Date.now() / 1000)
const address = (text: string) => [...(parseIpAddress(text) ?? [])]

/** Partners registered by the operator's own commands, certificates as their CAs make them. */
describe('partners over real TLS', () => {
  let edge: LocalEdge
  let root: Identity
  let intermediate: Identity

  beforeAll(async () => {
    edge = await startLocalEdge({ demo: false, variables: { CLIENT_MEMORY: '1' } })
    root = await mintIdentity({ subject: 'CN=Acme Root,O=Acme', purpose: 'ca' })
    intermediate = await mintIdentity({ subject: 'CN=Acme Issuing', purpose: 'ca', issuer: root })
    await done('ca', 'add', 'acme', file('root.pem', root.cert))
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  const file = (name: string, text: string): string => {
    const path = join(edge.dataDir, name)
    writeFileSync(path, text)
    return path
  }
  const done = async (...args: string[]): Promise<string> => {
    const ended = await edge.certbound(...args)
    expect(ended, ended.err).toMatchObject({ code: 0 })
    return ended.out
  }
  const issue = (subject: string, names: readonly MintGeneralName[] = []): Promise<Identity> =>
    mintIdentity({
      subject,
      purpose: 'client',
      issuer: intermediate,
      extensions: names.length === 0 ? [] : [subjectAltName(names)],
    })
  const ask = (clientId: string, leaf: Identity, chain: readonly Identity[] = [intermediate]) =>
    askForToken(edge, { clientId, cert: chainFile(leaf, ...chain), key: leaf.key })
  const refused = async (clientId: string, asked: ReturnType<typeof ask>, code: string) => {
    const { status, body } = await asked
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' })
    const line = await edge.logged({ request_id: String(body.request_id) })
    expect(line).toMatchObject({ code, client_id: clientId })
    return line
  }
  const granted = async (asked: ReturnType<typeof ask>, leaf: Identity) => {
    const { status, body } = await asked
    expect(status, JSON.stringify(body)).toBe(200)
    const claims = await verified(edge, String(body.access_token))
    expect(claims.cnf).toEqual({ 'x5t#S256': x5t(leaf.cert) })
    return claims
  }

  it.each<[by: string, names: MintGeneralName[], other: MintGeneralName[]]>([
    ['subject-dn', [], []],
    ['san-dns', [{ dns: 'Partner.Example.NET' }], [{ dns: 'other.example.net' }]],
    ['san-uri', [{ uri: 'spiffe://Acme/billing' }], [{ uri: 'spiffe://acme/Billing' }]],
    ['san-ip', [{ ip: address('2001:db8::7') }], [{ ip: address('2001:db8::8') }]],
    ['san-email', [{ email: 'Ops@Acme.example' }], [{ email: 'ops@acme.example' }]],
  ])(
    'a CA-issued partner by %s keeps its registration when it renews',
    async (by, names, other) => {
      const leaf = await issue(`CN=billing ${by},O=Acme`, names)
      const pem = file(`${by}.pem`, chainFile(leaf, intermediate))
      await done(
        'client',
        'add',
        by,
        '--certificate',
        pem,
        '--ca',
        'acme',
        '--by',
        by,
        '--scope',
        'a b',
        '--resource',
        api,
      )
      await granted(ask(by, leaf), leaf)
      const renewed = await issue(`CN=billing ${by},O=Acme`, names)
      await granted(ask(by, renewed), renewed)
      const stranger = await issue(by === 'subject-dn' ? 'CN=billing,O=Acme' : 'CN=x', other)
      await refused(by, ask(by, stranger), 'subject_mismatch')
    },
  )

  describe('a certificate that proves nothing', () => {
    let leaf: Identity
    beforeAll(async () => {
      leaf = await issue('CN=Ledger,O=Acme')
      const pem = file('ledger.pem', chainFile(leaf, intermediate))
      await done('client', 'add', 'ledger', '--certificate', pem, '--ca', 'acme', '--resource', api)
    })

    it('the right one, as the twin of all below', async () => {
      await granted(ask('ledger', leaf), leaf)
      await granted(ask('ledger', leaf, [root, leaf, intermediate]), leaf)
    })
    it('a chain without its intermediate', async () => {
      const line = await refused('ledger', ask('ledger', leaf, []), 'certificate_path')
      expect(line.evidence).toMatchObject({ path: { reason: 'unknown_issuer' } })
    })
    it('an expired one', async () => {
      const expired = await mintIdentity({
        subject: leaf.subject,
        purpose: 'client',
        issuer: intermediate,
        notBefore: now - 7200,
        notAfter: now - 3600,
      })
      const line = await refused('ledger', ask('ledger', expired), 'certificate_path')
      expect(line.evidence).toMatchObject({ path: { reason: 'expired' } })
    })
    it('the same names from a CA of the same names', async () => {
      const fakeRoot = await mintIdentity({ subject: root.subject, purpose: 'ca' })
      const fake = await mintIdentity({
        subject: leaf.subject,
        purpose: 'client',
        issuer: fakeRoot,
      })
      const asked = ask('ledger', fake, [fakeRoot])
      const line = await refused('ledger', asked, 'certificate_path')
      expect(line.evidence).toMatchObject({ path: { reason: 'signature_invalid' } })
    })
    it('a self-signed one of the registered subject', async () => {
      const own = await mintIdentity({ subject: leaf.subject, purpose: 'client' })
      await refused('ledger', ask('ledger', own, []), 'certificate_path')
    })
    it('a good one of another partner', async () => {
      await refused('ledger', ask('ledger', await issue('CN=Other,O=Acme')), 'subject_mismatch')
    })
    it('a good one in the name of nobody', async () => {
      await refused('nobody', ask('nobody', leaf), 'client_unknown')
    })
  })

  it('a self-signed partner rolls over: two certificates at once, then the new one alone', async () => {
    const first = await mintIdentity({ subject: 'CN=Bolt', purpose: 'client' })
    const second = await mintIdentity({ subject: 'CN=Bolt', purpose: 'client' })
    const bolt = file('bolt.pem', first.cert)
    await done('client', 'add', 'bolt', '--certificate', bolt, '--resource', api)
    await granted(ask('bolt', first, []), first)
    await refused('bolt', ask('bolt', second, []), 'key_not_registered')
    await done('client', 'add-certificate', 'bolt', file('bolt-2.pem', second.cert))
    await withinMemory(() => granted(ask('bolt', second, []), second))
    await granted(ask('bolt', first, []), first)
    await done('client', 'remove-certificate', 'bolt', x5t(first.cert))
    await withinMemory(() => refused('bolt', ask('bolt', first, []), 'key_not_registered'))
    await granted(ask('bolt', second, []), second)
  })

  it('a disabled partner is refused within the bound, and gets tokens again when enabled', async () => {
    const leaf = await mintIdentity({ subject: 'CN=Core', purpose: 'client' })
    const core = file('core.pem', leaf.cert)
    await done('client', 'add', 'core', '--certificate', core, '--resource', api)
    await granted(ask('core', leaf, []), leaf)
    await done('client', 'disable', 'core')
    await withinMemory(() => refused('core', ask('core', leaf, []), 'client_disabled'))
    await done('client', 'enable', 'core')
    await withinMemory(() => granted(ask('core', leaf, []), leaf))
    await done('client', 'remove', 'core', '--yes')
    await withinMemory(() => refused('core', ask('core', leaf, []), 'client_unknown'))
  })
})

/** CLIENT_MEMORY is one second here: what an operator changes holds after two at the latest. */
async function withinMemory<T>(attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + 2_500
  for (;;) {
    try {
      return await attempt()
    } catch (failure) {
      if (Date.now() > end) throw failure
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
