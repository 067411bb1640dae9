import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintCrl } from '../support/mint/mint.ts'
import { askForToken } from '../support/node/access-token.ts'
import { chainFile, type Identity, mintIdentity } from '../support/node/certificates.ts'
import { type LocalEdge, startLocalEdge } from '../support/node/local-edge.ts'

const serial = 0x5eed
let edge: LocalEdge
let root: Identity
let issuing: Identity
let partner: Identity

beforeAll(async () => {
  edge = await startLocalEdge({ demo: false, variables: { CLIENT_MEMORY: '1' } })
  root = await mintIdentity({ subject: 'CN=Acme Root', purpose: 'ca' })
  issuing = await mintIdentity({ subject: 'CN=Acme Issuing', purpose: 'ca', issuer: root })
  partner = await mintIdentity({ subject: 'CN=Acme', issuer: issuing, serial })
}, 60_000)
afterAll(async () => {
  await edge?.stop()
})

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(edge.dataDir, name)
  writeFileSync(path, content)
  return path
}

const crlFile = async (
  name: string,
  issuer: Identity,
  number: number,
  revoked: readonly number[] = [],
) => {
  const now = Math.floor(Date.now() / 1000)
  const entries = revoked.map((one) => ({ serial: one }))
  const dates = { thisUpdate: now - 60 + number, nextUpdate: now + 3600 }
  return file(
    name,
    await mintCrl({ issuer: issuer.subject, signWith: issuer.keys, ...dates, number, entries }),
  )
}

const exitStatus = async (...args: string[]) => (await edge.certbound(...args)).code

/** Requests tokens until the status is this one: clients are cached for one second. */
const becomes = (status: number) =>
  expect
    .poll(
      async () => {
        const cert = chainFile(partner, issuing)
        return (await askForToken(edge, { clientId: 'acme', cert, key: partner.key })).status
      },
      { timeout: 10_000, interval: 300 },
    )
    .toBe(status)

it('refuses a partner as soon as a CRL revokes it', async () => {
  const roots = file('root.pem', root.cert)
  const pem = file('acme.pem', chainFile(partner, issuing))
  expect(await exitStatus('ca', 'add', 'acme-ca', roots, '--revocation', 'require')).toBe(0)
  const resource = ['--resource', 'https://api.example.com']
  expect(
    await exitStatus('client', 'add', 'acme', '--certificate', pem, '--ca', 'acme-ca', ...resource),
  ).toBe(0)
  await becomes(401) // No CRL yet.
  await edge.logged({ code: 'certificate_path' })
  const files = [await crlFile('root.crl', root, 1), await crlFile('issuing.crl', issuing, 1)]
  const issuers = ['--crl-issuer', file('issuing.pem', issuing.cert)]
  const crls = files.flatMap((path) => ['--crl', path])
  expect(await exitStatus('ca', 'refresh', 'acme-ca', ...crls, ...issuers)).toBe(0)
  await becomes(200)
  const next = await crlFile('next.crl', issuing, 2, [serial])
  expect(await exitStatus('ca', 'refresh', 'acme-ca', '--crl', next)).toBe(0)
  await becomes(401)
  // An older CRL does not undo it.
  expect(await exitStatus('ca', 'refresh', 'acme-ca', ...crls)).toBe(1)
  await becomes(401)
  expect(await exitStatus('ca', 'status', 'acme-ca')).toBe(0)
}, 120_000)
