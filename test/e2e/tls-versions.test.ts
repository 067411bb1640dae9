import { type ConnectionOptions, connect, getCiphers } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalEdge, startLocalEdge } from '../support/node/local-edge.ts'

/** Row 11 of the conformance checklist, about TLS. The local edge's listener replaces Cloudflare's edge. */
describe('row 11', () => {
  let edge: LocalEdge
  beforeAll(async () => {
    edge = await startLocalEdge({ demo: false })
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  /** The protocol and cipher of a handshake, or null if it fails. */
  const handshake = (options: ConnectionOptions): Promise<string | null> =>
    new Promise((resolve) => {
      const { port } = new URL(edge.mtlsOrigin)
      const socket = connect({ port: Number(port), host: 'localhost', ca: edge.ca, ...options })
      socket.on('secureConnect', () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`)
        socket.destroy()
      })
      socket.on('error', () => resolve(null))
    })
  const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => ({
    minVersion: version,
    maxVersion: version,
    // At its default security level OpenSSL does not offer the old versions.
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })

  it('TLS 1.2 works with a cipher of BCP 195', async () => {
    expect(await handshake(only('TLSv1.2'))).toMatch(/^TLSv1\.2 TLS_ECDHE_/)
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    expect(await handshake(only(version))).toBeNull()
  })

  it('TLS 1.3 is preferred when it is offered', async () => {
    expect(await handshake({})).toMatch(/^TLSv1\.3 /)
  })

  it('TLS 1.2 has only ciphers that BCP 195 recommends', async () => {
    const ciphers = getCiphers().filter((name) => !name.startsWith('tls_'))
    expect(ciphers.length).toBeGreaterThan(20)
    const accepted: string[] = []
    for (const cipher of ciphers) {
      const offer = { ...only('TLSv1.2'), ciphers: `${cipher.toUpperCase()}:@SECLEVEL=0` }
      const outcome = await handshake(offer).catch(() => null)
      if (outcome !== null) accepted.push(outcome)
    }
    // RFC 9325 section 4.2: ephemeral key exchange and authenticated encryption.
    expect(
      accepted.filter((each) => !/_ECDHE_.*_(GCM_SHA\d+|CHACHA20_POLY1305_SHA256)$/.test(each)),
    ).toEqual([])
    expect(accepted.length).toBeGreaterThan(0)
  })
})
