import { Agent } from 'node:https'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extension, generateKeyPair } from '../../../test/support/mint/mint.ts'
import {
  chainFile,
  fingerprint,
  type Identity,
  mintIdentity,
} from '../../../test/support/node/certificates.ts'
import { type Echo, startEchoWorker } from '../../../test/support/node/echo-worker.ts'
import { type TlsRequest, tlsRequest } from '../../../test/support/node/tls-client.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { mintServerCertificate } from '../certificates/server-certificate.ts'
import { edgeClientAuth } from '../cf/edge-verdict.ts'
import { noCertificate } from '../cf/tls-client-auth.ts'
import { createFront } from './front.ts'
import { type LoopbackListener, listenOnLoopback } from './loopback.ts'
import type { ServerIdentity } from './tls-options.ts'

let worker: Awaited<ReturnType<typeof startEchoWorker>>
let server: ServerIdentity
let ca: string
let mtls: LoopbackListener
let plain: LoopbackListener
let root: Identity
let intermediate: Identity
let leaf: Identity
let selfSigned: Identity
let unrelated: Identity
let known: Identity

async function listen(
  requestCertificate: boolean,
  ...sourceHeaders: readonly string[]
): Promise<LoopbackListener> {
  const clientAuth = edgeClientAuth([known.der], () => Math.floor(Date.now() / 1000))
  const target = { origin: worker.url, sourceHeaders: new Set(sourceHeaders) }
  const options = { identity: server, requestCertificate, clientAuth, worker: async () => target }
  const listening = await listenOnLoopback(() => createFront(options), 0)
  if (!listening.ok) throw new Error(listening.error.why)
  return listening.value
}

const hello = (options: Partial<TlsRequest> = {}, at = mtls) =>
  tlsRequest({ url: `https://localhost:${at.port}/hello?a=1`, ca, ...options })

const echo = async (options: Partial<TlsRequest> = {}, at = mtls): Promise<Echo> => {
  const answer = await hello(options, at)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json<Echo>()
}

beforeAll(async () => {
  const certificate = await mintServerCertificate(Math.floor(Date.now() / 1000))
  server = certificate.server
  ca = certificate.ca.cert
  root = await mintIdentity({ subject: 'CN=Root', purpose: 'ca' })
  intermediate = await mintIdentity({ subject: 'CN=Intermediate', purpose: 'ca', issuer: root })
  leaf = await mintIdentity({ subject: 'CN=leaf,O=Partner,C=DE', issuer: intermediate })
  selfSigned = await mintIdentity({ subject: 'CN=self' })
  unrelated = await mintIdentity({ subject: 'CN=unrelated' })
  known = await mintIdentity({ subject: 'CN=Known to the edge', purpose: 'ca' })
  worker = await startEchoWorker()
  mtls = await listen(true)
  plain = await listen(false)
}, 30_000)

afterAll(async () => {
  await Promise.all([mtls?.close(), plain?.close()])
  await worker?.dispose()
})

describe('what the Worker gets', () => {
  it('is the URL, the Host and cf as on the edge, without headers of the simulator', async () => {
    const seen = await echo({ method: 'DELETE' })
    expect(seen.url).toBe(`https://localhost:${mtls.port}/hello?a=1`)
    expect(seen.method).toBe('DELETE')
    const { 'cf-ray': ray, ...headers } = seen.headers
    expect(ray).toMatch(/^[0-9a-f]{16}-LOCAL$/)
    expect(headers).toEqual({
      connection: 'keep-alive',
      host: `localhost:${mtls.port}`,
      'cf-connecting-ip': '127.0.0.1',
      'cf-visitor': '{"scheme":"https"}',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
    })
    expect(seen.cf).toMatchObject({ httpProtocol: 'HTTP/1.1', tlsClientAuth: noCertificate })
  })

  it.each([
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.3', 'AEAD-AES128-GCM-SHA256'],
  ] as const)('names %s and its cipher as Cloudflare does', async (version, tlsCipher) => {
    const seen = await echo({ minVersion: version, maxVersion: version })
    expect(seen.cf).toMatchObject({ tlsVersion: version, tlsCipher })
  })

  it('is the chain in the order sent, with unrelated and duplicate certificates', async () => {
    const sent = [unrelated, intermediate, root, unrelated]
    const { cf } = await echo({ cert: chainFile(leaf, ...sent), key: leaf.key })
    expect(cf.tlsClientAuth).toMatchObject({
      certPresented: '1',
      certVerified: 'FAILED:unable to get local issuer certificate',
      certSubjectDN: 'CN=leaf,O=Partner,C=DE',
      certSubjectDNLegacy: '/C=DE/O=Partner/CN=leaf',
      certFingerprintSHA256: fingerprint(leaf),
      certRFC9440: `:${toBase64(leaf.der)}:`,
      certChainRFC9440: sent.map(({ der }) => `:${toBase64(der)}:`).join(', '),
    })
  })

  it('is SUCCESS only for the CAs that the edge knows', async () => {
    const trusted = await mintIdentity({ subject: 'CN=trusted', issuer: known })
    const verdicts = [trusted, selfSigned].map(async ({ cert, key }) => {
      const { cf } = await echo({ cert, key })
      return cf.tlsClientAuth.certVerified
    })
    expect(await Promise.all(verdicts)).toEqual(['SUCCESS', 'FAILED:self signed certificate'])
  })

  it('is the placeholder on the listener that requests no certificate', async () => {
    const { cf } = await echo({ cert: leaf.cert, key: leaf.key }, plain)
    expect(cf.tlsClientAuth).toEqual(noCertificate)
  })
})

describe('any certificate is accepted', () => {
  const identities = {
    'self-signed': () => Promise.resolve(selfSigned),
    'unknown CA': () => Promise.resolve(leaf),
    expired: () => mintIdentity({ subject: 'CN=expired', notAfter: 1_700_000_000, notBefore: 0 }),
    'not yet valid': () =>
      mintIdentity({ subject: 'CN=early', notBefore: 4_000_000_000, notAfter: 4_100_000_000 }),
    'RSA 1024': async () =>
      mintIdentity({
        subject: 'CN=short',
        keys: await generateKeyPair('RS256', { modulusLength: 1024 }),
      }),
    Ed25519: () => mintIdentity({ subject: 'CN=ed', alg: 'Ed25519' }),
  }
  const versions = ['TLSv1.2', 'TLSv1.3'] as const
  const rows = Object.keys(identities).flatMap((kind) =>
    versions.map((version) => [kind, version] as const),
  )
  it.each(rows)('%s, %s', async (kind, version) => {
    const identity = await identities[kind as keyof typeof identities]()
    const options = { cert: identity.cert, key: identity.key, ciphers: 'DEFAULT@SECLEVEL=0' }
    const { cf } = await echo({ ...options, minVersion: version, maxVersion: version })
    expect(cf.tlsClientAuth).toMatchObject({
      certPresented: '1',
      certFingerprintSHA256: fingerprint(identity),
    })
  })
})

describe('the limits of the forwarded certificate', () => {
  const ballast = (size: number) => [extension('1.3.6.1.4.1.99999.1', false, new Uint8Array(size))]

  it('omits a leaf above 10 KiB encoded, and says so', async () => {
    const large = await mintIdentity({ subject: 'CN=large', extensions: ballast(7_700) })
    const { cf } = await echo({ cert: large.cert, key: large.key })
    expect(cf.tlsClientAuth).toMatchObject({
      certRFC9440: '',
      certRFC9440TooLarge: true,
      certFingerprintSHA256: fingerprint(large),
    })
  })

  it('omits a chain above 16 KiB encoded, and keeps the leaf', async () => {
    const large = await mintIdentity({
      subject: 'CN=large',
      purpose: 'ca',
      extensions: ballast(6_000),
    })
    const fits = await echo({ cert: chainFile(leaf, large), key: leaf.key })
    expect(fits.cf.tlsClientAuth).toMatchObject({ certChainRFC9440TooLarge: false })
    const { cf } = await echo({ cert: chainFile(leaf, large, large), key: leaf.key })
    expect(cf.tlsClientAuth).toMatchObject({
      certRFC9440: `:${toBase64(leaf.der)}:`,
      certRFC9440TooLarge: false,
      certChainRFC9440: '',
      certChainRFC9440TooLarge: true,
    })
  })
})

describe('a forged header', () => {
  const blob = JSON.stringify({ tlsClientAuth: { certPresented: '1', certVerified: 'SUCCESS' } })
  it.each([
    ['MF-CF-Blob', blob],
    ['mf_cf_blob', blob],
    ['MF-Custom-Anything', 'x'],
    ['CF-Connecting-IP', '192.0.2.1'],
    ['CF_Connecting_IP', '192.0.2.1'],
    ['Cf-Cert-Verified', 'true'],
    ['X-Forwarded-For', '192.0.2.1'],
    ['X-Forwarded-Client-Cert', 'Hash=00'],
    ['X-Forwarded-Tls-Client-Cert', 'MII'],
    ['Client-Cert', ':MII=:'],
    ['Client-Cert-Chain', ':MII=:'],
    ['SSL-Client-Cert', 'MII'],
    ['X-SSL-Client-Verify', 'SUCCESS'],
    ['X-Client-Cert', 'MII'],
    ['X-ARR-ClientCert', 'MII'],
    ['X-Amzn-Mtls-Clientcert', 'MII'],
    ['Forwarded', 'for=192.0.2.1'],
    ['True-Client-IP', '192.0.2.1'],
  ])('%s does not arrive', async (name, value) => {
    const seen = await echo({ headers: { [name]: value, 'X-Mine': 'kept' } })
    expect(seen.headers['x-mine']).toBe('kept')
    expect(Object.values(seen.headers)).not.toContain(value)
    expect(seen.cf.tlsClientAuth).toEqual(noCertificate)
  })

  it('arrives if the Worker reads it from its terminator, but only in that spelling', async () => {
    const listener = await listen(true, 'ssl-client-cert', 'x-real-ip', 'mf-cf-blob', 'connection')
    const headers = {
      'SSL-Client-Cert': 'MII',
      'X-Real-IP': '192.0.2.1',
      SSL_Client_Cert: 'underscores',
      'X-Client-Cert': 'another',
      'X-Forwarded-For': '192.0.2.2',
      'MF-CF-Blob': blob,
    }
    try {
      const seen = await echo({ headers }, listener)
      expect(seen.headers).toMatchObject({ 'ssl-client-cert': 'MII', 'x-real-ip': '192.0.2.1' })
      const values = Object.values(seen.headers)
      for (const other of ['underscores', 'another', '192.0.2.2', blob]) {
        expect(values).not.toContain(other)
      }
      expect(seen.cf.tlsClientAuth).toEqual(noCertificate)
    } finally {
      await listener.close()
    }
  })

  it('keeps duplicate headers', async () => {
    const headers = ['Host', 'localhost', 'Authorization', 'Basic a', 'Authorization', 'Basic b']
    const seen = await echo({ headers })
    expect(seen.headers.authorization).toBe('Basic a, Basic b')
  })
})

describe('connections', () => {
  it('never mix their certificates', async () => {
    const agents = [leaf, selfSigned, unrelated].map((identity) => ({
      identity,
      agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    }))
    const rounds = Array.from({ length: 20 }, () => agents).flat()
    const seen = await Promise.all(
      rounds.map(async ({ identity, agent }) => {
        const answer = await hello({ cert: identity.cert, key: identity.key, agent })
        const { tlsClientAuth } = answer.json<Echo>().cf
        return {
          port: answer.localPort,
          right: tlsClientAuth.certFingerprintSHA256 === fingerprint(identity),
        }
      }),
    )
    for (const { agent } of agents) agent.destroy()
    expect(new Set(seen.map(({ port }) => port)).size).toBe(agents.length)
    expect(seen.every(({ right }) => right)).toBe(true)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('are never resumed (%s)', async (version) => {
    const open = (session?: Buffer) =>
      new Promise<{ reused: boolean; session: Buffer | undefined }>((resolve, reject) => {
        const socket = connect({
          host: 'localhost',
          port: mtls.port,
          ca,
          cert: leaf.cert,
          key: leaf.key,
          minVersion: version,
          maxVersion: version,
          servername: 'localhost',
          ...(session === undefined ? {} : { session }),
        })
        let latest: Buffer | undefined
        socket.on('session', (offered: Buffer) => {
          latest = offered
        })
        socket.on('error', reject)
        socket.on('data', () => {
          const reused = socket.isSessionReused()
          socket.destroy()
          resolve({ reused, session: latest ?? socket.getSession() })
        })
        socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
      })
    const { session } = await open()
    expect((await open(session)).reused).toBe(false)
  })

  it('refuse a cipher without forward secrecy', async () => {
    await expect(hello({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).rejects.toThrow()
    await expect(hello({ maxVersion: 'TLSv1.2' })).resolves.toMatchObject({ status: 200 })
  })
})

describe('bodies and responses', () => {
  it('streams a large body', async () => {
    const seen = await echo({ body: new Uint8Array(20 * 1024 * 1024) })
    expect(seen.body).toBe(20 * 1024 * 1024)
  })

  it('forwards a chunked body without a length', async () => {
    const headers = { 'transfer-encoding': 'chunked' }
    expect((await echo({ body: 'abc', headers })).body).toBe(3)
  })

  it('forwards a POST without a body', async () => {
    const seen = await echo({ method: 'POST' })
    expect([seen.method, seen.body]).toEqual(['POST', 0])
  })

  it('returns a response that arrives before the body is read, and keeps serving', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const url = `https://localhost:${mtls.port}/unread`
    const body = new Uint8Array(3 * 1024 * 1024)
    expect(await hello({ url, body, agent })).toMatchObject({ status: 413, text: 'unread' })
    expect(await hello({ agent })).toMatchObject({ status: 200 })
    agent.destroy()
  })

  it('keeps duplicate headers of the response', async () => {
    const answer = await hello({ url: `https://localhost:${mtls.port}/cookies` })
    expect(answer).toMatchObject({ status: 204, headers: { 'set-cookie': ['a=1', 'b=2'] } })
  })

  it('answers 413 itself above the edge limit', async () => {
    const headers = { 'content-length': String(100 * 1024 * 1024 + 1) }
    expect((await hello({ method: 'POST', headers })).status).toBe(413)
  })

  it.each([
    [100_000, 200],
    [140_000, 431],
  ])('a header of %i characters gets %i', async (length, status) => {
    expect((await hello({ headers: { 'x-long': 'a'.repeat(length) } })).status).toBe(status)
  })

  it('forwards three thousand header lines', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => [`x-${i}`, '1']).flat()
    const seen = await echo({ headers: ['Host', 'localhost', ...lines] })
    expect(Object.keys(seen.headers).filter((name) => name.startsWith('x-')).length).toBe(3002)
  })
})
