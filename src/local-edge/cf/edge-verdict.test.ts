import { beforeAll, describe, expect, it } from 'vitest'
import { type Identity, mintIdentity } from '../../../test/support/node/certificates.ts'
import { edgeVerdict } from './edge-verdict.ts'

const now = Math.floor(Date.now() / 1000)
let root: Identity
let intermediate: Identity
let leaf: Identity
let expired: Identity
let early: Identity
let server: Identity
let selfSigned: Identity
let unrelated: Identity

beforeAll(async () => {
  root = await mintIdentity({ subject: 'CN=Root', purpose: 'ca' })
  intermediate = await mintIdentity({ subject: 'CN=Intermediate', purpose: 'ca', issuer: root })
  const issuer = intermediate
  leaf = await mintIdentity({ subject: 'CN=leaf', issuer })
  expired = await mintIdentity({ subject: 'CN=old', issuer, notBefore: now - 9, notAfter: now - 1 })
  early = await mintIdentity({
    subject: 'CN=early',
    issuer,
    notBefore: now + 99,
    notAfter: now + 999,
  })
  server = await mintIdentity({ subject: 'CN=server', issuer, purpose: 'server' })
  selfSigned = await mintIdentity({ subject: 'CN=self' })
  unrelated = await mintIdentity({ subject: 'CN=Unrelated', purpose: 'ca' })
})

describe('edgeVerdict', () => {
  const rows: [string, () => { of: Identity; with?: Identity[]; edgeCas?: Identity[] }, string][] =
    [
      ['a known CA', () => ({ of: leaf, with: [intermediate], edgeCas: [root] }), 'SUCCESS'],
      [
        'among unrelated certificates',
        () => ({ of: leaf, with: [unrelated, intermediate], edgeCas: [unrelated, root] }),
        'SUCCESS',
      ],
      [
        'a known self-signed certificate',
        () => ({ of: selfSigned, edgeCas: [selfSigned] }),
        'SUCCESS',
      ],
      [
        'an unknown self-signed certificate',
        () => ({ of: selfSigned, edgeCas: [root] }),
        'FAILED:self signed certificate',
      ],
      [
        'a chain without the intermediate',
        () => ({ of: leaf, edgeCas: [root] }),
        'FAILED:unable to verify the first certificate',
      ],
      [
        'an unknown root',
        () => ({ of: leaf, with: [intermediate], edgeCas: [unrelated] }),
        'FAILED:unable to get local issuer certificate',
      ],
      [
        'an edge without CAs',
        () => ({ of: leaf, with: [intermediate] }),
        'FAILED:unable to get local issuer certificate',
      ],
      [
        'expired',
        () => ({ of: expired, with: [intermediate], edgeCas: [root] }),
        'FAILED:certificate has expired',
      ],
      ['expired and unknown', () => ({ of: expired }), 'FAILED:certificate has expired'],
      [
        'not yet valid',
        () => ({ of: early, with: [intermediate], edgeCas: [root] }),
        'FAILED:certificate is not yet valid',
      ],
      [
        'a server certificate',
        () => ({ of: server, with: [intermediate], edgeCas: [root] }),
        'FAILED',
      ],
    ]
  it.each(rows)('%s', async (_, row, verdict) => {
    const { of, with: chain = [], edgeCas = [] } = row()
    const handshake = { leaf: of.der, chain: chain.map(({ der }) => der) }
    const known = edgeCas.map(({ der }) => der)
    expect(await edgeVerdict(handshake, known, now)).toBe(verdict)
  })
})
