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

/** Partners that the operator registers, with certificates as CAs issue them. */
describe('partners over real TLS', () => {
  let edge: LocalEdge
  let root: Identity
  let intermediate: Identity

  beforeAll(async () => {
    edge = await startLocalEdge({ demo: false, variables: { CLIENT_MEMORY: '1' } })
    root = await mintIdentity({ subject: 'CN=Acme Root,O=Acme', purpose: 'ca' })
    intermediate = await mintIdentity({ subject: 'CN=Acme Issuing', purpose: 'ca', issuer: root })
    await run('ca', 'add', 'acme', file('root.pem', root.cert))
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  const file = (name: string, text: string): string => {
    const path = join(edge.dataDir, name)
    writeFileSync(path, text)
    return path
  }
  const run = async (...args: string[]): Promise<string> => {
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
  const refused = async (clientId: string, answer: ReturnType<typeof ask>, code: string) => {
    const { status, body } = await answer
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' })
    const line = await edge.logged({ request_id: String(body.request_id) })
    expect(line).toMatchObject({ code, client_id: clientId })
    return line
  }
  const granted = async (answer: ReturnType<typeof ask>, leaf: Identity) => {
    const { status, body } = await answer
    expect(status, JSON.stringify(body)).toBe(200)
    const claims = await verified(edge, String(body.access_token))
    expect(claims.cnf).toEqual({ 'x5t#S256': x5t(leaf.cert) })
    return claims
  }

  it.each<[by: string, names: MintGeneralName[], otherNames: MintGeneralName[]]>([
    ['subject-dn', [], []],
    ['san-dns', [{ dns: 'Partner.Example.NET' }], [{ dns: 'other.example.net' }]],
    ['san-uri', [{ uri: 'spiffe://Acme/billing' }], [{ uri: 'spiffe://acme/Billing' }]],
    ['san-ip', [{ ip: address('2001:db8::7') }], [{ ip: address('2001:db8::8') }]],
    ['san-email', [{ email: 'Ops@Acme.example' }], [{ email: 'ops@acme.example' }]],
  ])(
    'a CA-issued partner by %s keeps its registration when it renews',
    async (by, names, otherNames) => {
      const leaf = await issue(`CN=billing ${by},O=Acme`, names)
      const pem = file(`${by}.pem`, chainFile(leaf, intermediate))
      await run(
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
      const other = await issue(by === 'subject-dn' ? 'CN=billing,O=Acme' : 'CN=x', otherNames)
      await refused(by, ask(by, other), 'subject_mismatch')
    },
  )

  describe('a certificate that does not authenticate the client', () => {
    let leaf: Identity
    beforeAll(async () => {
      leaf = await issue('CN=Ledger,O=Acme')
      const pem = file('ledger.pem', chainFile(leaf, intermediate))
      await run('client', 'add', 'ledger', '--certificate', pem, '--ca', 'acme', '--resource', api)
    })

    it('the registered certificate is accepted: the twin of the following', async () => {
      await granted(ask('ledger', leaf), leaf)
      await granted(ask('ledger', leaf, [root, leaf, intermediate]), leaf)
    })
    it('is a leaf without its intermediate', async () => {
      const line = await refused('ledger', ask('ledger', leaf, []), 'certificate_path')
      expect(line.evidence).toMatchObject({ path: { reason: 'unknown_issuer' } })
    })
    it('is expired', async () => {
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
    it('has the same names from a CA with the same names', async () => {
      const fakeRoot = await mintIdentity({ subject: root.subject, purpose: 'ca' })
      const fake = await mintIdentity({
        subject: leaf.subject,
        purpose: 'client',
        issuer: fakeRoot,
      })
      const answer = ask('ledger', fake, [fakeRoot])
      const line = await refused('ledger', answer, 'certificate_path')
      expect(line.evidence).toMatchObject({ path: { reason: 'signature_invalid' } })
    })
    it('is self-signed with the registered subject', async () => {
      const own = await mintIdentity({ subject: leaf.subject, purpose: 'client' })
      await refused('ledger', ask('ledger', own, []), 'certificate_path')
    })
    it('is valid, but of another partner', async () => {
      await refused('ledger', ask('ledger', await issue('CN=Other,O=Acme')), 'subject_mismatch')
    })
    it('is valid, but the client is unknown', async () => {
      await refused('unknown', ask('unknown', leaf), 'client_unknown')
    })
  })

  it('a self-signed partner renews: two certificates for a time, then only the new one', async () => {
    const first = await mintIdentity({ subject: 'CN=Bolt', purpose: 'client' })
    const second = await mintIdentity({ subject: 'CN=Bolt', purpose: 'client' })
    const bolt = file('bolt.pem', first.cert)
    await run('client', 'add', 'bolt', '--certificate', bolt, '--resource', api)
    await granted(ask('bolt', first, []), first)
    await refused('bolt', ask('bolt', second, []), 'key_not_registered')
    await run('client', 'add-certificate', 'bolt', file('bolt-2.pem', second.cert))
    await withinTwoSeconds(() => granted(ask('bolt', second, []), second))
    await granted(ask('bolt', first, []), first)
    await run('client', 'remove-certificate', 'bolt', x5t(first.cert))
    await withinTwoSeconds(() => refused('bolt', ask('bolt', first, []), 'key_not_registered'))
    await granted(ask('bolt', second, []), second)
  })

  it('a disabled partner is refused within two seconds, and gets tokens again when enabled', async () => {
    const leaf = await mintIdentity({ subject: 'CN=Core', purpose: 'client' })
    const core = file('core.pem', leaf.cert)
    await run('client', 'add', 'core', '--certificate', core, '--resource', api)
    await granted(ask('core', leaf, []), leaf)
    await run('client', 'disable', 'core')
    await withinTwoSeconds(() => refused('core', ask('core', leaf, []), 'client_disabled'))
    await run('client', 'enable', 'core')
    await withinTwoSeconds(() => granted(ask('core', leaf, []), leaf))
    await run('client', 'remove', 'core', '--yes')
    await withinTwoSeconds(() => refused('core', ask('core', leaf, []), 'client_unknown'))
  })
})

/** Repeats an attempt: with CLIENT_MEMORY at one second a change takes effect within two. */
async function withinTwoSeconds<T>(attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + 2_500
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
