import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../../src/certificate/header-sources.ts'
import { type Identity, mintIdentity } from '../../support/node/certificates.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'
import { prepareData } from '../../support/node/prepared-data.ts'
import { rawRequest } from '../../support/node/raw-request.ts'
import { headerWriters } from '../../support/worker/header-writers.ts'

const credential = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'

/** Each source with its default header names, on its own host. */
const sources = headerSourceNames.filter((name) => headerSources[name].header !== null)
const hostOf = (name: string): string => `${name}.example.com`

let folder = ''
let edge: LocalEdge
let partner: Identity

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-sources-'))
  partner = await mintIdentity({ subject: 'CN=self' })
  await writeFile(join(folder, 'self.pem'), partner.cert)
  const client = ['client', 'add', 'self', '--certificate', 'self.pem']
  await prepareData(folder, [[...client, '--resource', 'https://api.example.com']])
  edge = await startLocalEdge({
    demo: false,
    dataDir: folder,
    variables: {
      PROXY_CREDENTIAL: credential,
      PROXY_ADDRESS_HEADER: 'X-Real-IP',
      CERTIFICATE_SOURCES: JSON.stringify(
        Object.fromEntries(sources.map((name) => [hostOf(name), name])),
      ),
    },
  })
}, 60_000)

afterAll(async () => {
  await edge?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('the Worker accepts a certificate from an authenticated terminator', () => {
  it.each(sources)('%s', async (name) => {
    const names = headerNames(headerSources[name], null)
    const { leaf, chain } = headerWriters[name](partner.der, [])
    const forwarded = [
      `${names?.leaf}: ${leaf}`,
      ...(names?.chain && chain !== null ? [`${names.chain}: ${chain}`] : []),
    ]
    expect(await ask(name, forwarded, `Certbound-Proxy-Credential: ${credential}`)).toBe(200)
    expect(await ask(name, forwarded)).toBe(401)
  })
})

async function ask(name: string, ...lines: readonly (string | readonly string[])[]) {
  const body = 'grant_type=client_credentials&client_id=self'
  const text = [
    'POST /token HTTP/1.1',
    `Host: ${hostOf(name)}`,
    'Connection: close',
    ...lines.flat(),
    'X-Real-IP: 192.0.2.1',
    `Content-Length: ${body.length}`,
    'Content-Type: application/x-www-form-urlencoded',
    '',
    body,
  ].join('\r\n')
  const port = Number(new URL(edge.mtlsOrigin).port)
  return (await rawRequest({ port, ca: edge.ca, text })).status
}
