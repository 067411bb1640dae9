import { createHash, X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chainFile, mintIdentity } from '../support/node/certificates.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../support/node/local-edge.ts'
import { type TlsAnswer, type TlsRequest, tlsRequest } from '../support/node/tls-client.ts'

let edge: LocalEdge
beforeAll(async () => {
  edge = await startLocalEdge()
}, 60_000)
afterAll(async () => {
  await edge?.stop()
})

const token = (clientId: string, options: Partial<TlsRequest> = {}): Promise<TlsAnswer> =>
  tlsRequest({
    url: `${edge.mtlsOrigin}/token`,
    ca: edge.ca,
    body: `grant_type=client_credentials&client_id=${clientId}`,
    ...options,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
  })

/** RFC 8705 section 3.1, computed without the code under test. */
const x5t = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')

const boundTo = (answer: TlsAnswer): unknown => {
  const { access_token: jwt = '' } = answer.json<{ access_token?: string }>()
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  return claims.cnf?.['x5t#S256']
}

const tlsOf = ({ cert, key }: { readonly cert: string; readonly key: string }) => ({ cert, key })

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const pinned = { minVersion: version, maxVersion: version }

  it.each(['caIssued', 'selfSigned'] as const)(
    '%s: a token bound to the certificate',
    async (name) => {
      const partner = edge.partners[name]
      const answer = await token(partner.clientId, { ...tlsOf(partner), ...pinned })
      expect(answer.status, answer.text).toBe(200)
      expect(answer.tlsVersion).toBe(version)
      expect(boundTo(answer)).toBe(x5t(partner.cert))
    },
  )

  const wrong: [string, () => Promise<Partial<TlsRequest>>, object][] = [
    ['none', async () => ({}), { code: 'certificate_missing' }],
    [
      "another partner's",
      async () => tlsOf(edge.partners.selfSigned),
      { code: 'certificate_path', evidence: { path: { reason: 'unknown_issuer' } } },
    ],
    [
      'self-signed',
      async () => mintIdentity({ subject }).then(tlsOf),
      { code: 'certificate_path', evidence: { path: { reason: 'unknown_issuer' } } },
    ],
    [
      'of an unknown CA',
      async () => ofUnknownCa(),
      { code: 'certificate_path', evidence: { path: { reason: 'unknown_issuer' } } },
    ],
    [
      'expired',
      async () => mintIdentity({ subject, notBefore: 1, notAfter: 2 }).then(tlsOf),
      { code: 'certificate_path', evidence: { path: { reason: 'expired' } } },
    ],
    [
      'its own without the intermediate',
      async () => withoutChain(edge.partners.caIssued),
      { code: 'certificate_path', evidence: { path: { reason: 'unknown_issuer' } } },
    ],
  ]
  const subject = 'CN=demo-ca-issued,O=Demo Partner,C=DE'

  it.each(wrong)(
    'certificate %s: 401, and the log has the reason',
    async (_, presented, evidence) => {
      const answer = await token('demo-ca-issued', { ...(await presented()), ...pinned })
      expect(answer.status).toBe(401)
      const { error, request_id } = answer.json()
      expect(error).toBe('invalid_client')
      expect(await edge.logged({ request_id })).toMatchObject(evidence)
    },
  )

  async function ofUnknownCa(): Promise<Partial<TlsRequest>> {
    const ca = await mintIdentity({ subject: 'CN=Unknown', purpose: 'ca' })
    const leaf = await mintIdentity({ subject, issuer: ca })
    return { cert: chainFile(leaf, ca), key: leaf.key }
  }
})

const withoutChain = ({ cert, key }: Partner): Partial<TlsRequest> => {
  const end = '-----END CERTIFICATE-----\n'
  return { cert: cert.slice(0, cert.indexOf(end) + end.length), key }
}

describe('evidence outside of the handshake', () => {
  it('is ignored: forged headers', async () => {
    const raw = new X509Certificate(edge.partners.caIssued.cert).raw.toString('base64')
    const evidence = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0' }
    const blob = JSON.stringify({ tlsClientAuth: { ...evidence, certRFC9440: `:${raw}:` } })
    const forged = { 'MF-CF-Blob': blob, 'Client-Cert': `:${raw}:` }
    expect((await token('demo-ca-issued', { headers: forged })).status).toBe(401)
  })

  it('is ignored: a certificate on the host that requests none', async () => {
    const { caIssued } = edge.partners
    const url = `${edge.issuer}/token`
    expect((await token(caIssued.clientId, { url, ...tlsOf(caIssued) })).status).toBe(401)
  })
})

it('binds the tokens of kept connections to the certificate of each connection', async () => {
  const { caIssued, selfSigned } = edge.partners
  const connections = [caIssued, selfSigned].map((partner) => ({
    partner,
    agent: new Agent({ keepAlive: true, maxSockets: 2 }),
  }))
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => connections)
      .flat()
      .map(async ({ partner, agent }) => {
        const answer = await token(partner.clientId, { ...tlsOf(partner), agent })
        return { right: boundTo(answer) === x5t(partner.cert), port: answer.localPort }
      }),
  )
  for (const { agent } of connections) agent.destroy()
  expect(new Set(answers.map(({ port }) => port)).size).toBe(4)
  expect(answers.every(({ right }) => right)).toBe(true)
})
