import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchAsClient } from '../../../examples/node-api/fetch-as-client.ts'
import {
  introspectionCheck,
  requireBoundToken,
  type VerifierOptions,
} from '../../../src/resource-server/index.ts'
import { cameBy, nodeTlsCertificate } from '../../../src/resource-server/node/index.ts'
import { askForToken } from '../../support/node/access-token.ts'
import { mintIdentity } from '../../support/node/certificates.ts'
import { fetchWithCertificate } from '../../support/node/fetch-with-certificate.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'
import { askApi, startTlsApi, type TlsApi } from '../../support/node/tls-api.ts'

const audience = 'https://api.example.com'

/** APIs that ask Certbound about tokens, with their own certificate. */
describe('an API that introspects', () => {
  let edge: LocalEdge
  let api: TlsApi

  beforeAll(async () => {
    edge = await startLocalEdge({ variables: { CLIENT_MEMORY: '1' } })
    const own = await mintIdentity({ subject: 'CN=orders-api' })
    const file = join(edge.dataDir, 'orders-api.pem')
    writeFileSync(file, own.cert)
    await run('client', 'add', 'orders-api', '--certificate', file, '--introspect', audience)
    const fetch = fetchAsClient({ ca: edge.ca, cert: own.cert, key: own.key })
    const introspection = {
      endpoint: `${edge.mtlsOrigin}/introspect`,
      clientId: 'orders-api',
      fetch,
    }
    const options: VerifierOptions = {
      issuer: edge.issuer,
      audience,
      source: nodeTlsCertificate,
      fetch,
    }
    const caller = new Hono<{ Bindings: HttpBindings }>()
      .use((c, next) => {
        cameBy(c.req.raw, c.env.incoming.socket)
        return next()
      })
      .use('/offline', requireBoundToken(options))
      .use(
        '/checked',
        requireBoundToken({ ...options, revocation: introspectionCheck(introspection) }),
      )
      .use('/asked', requireBoundToken({ ...options, introspection }))
      .get('*', (c) => c.json({ served: true }))
    api = await startTlsApi(edge, getRequestListener(caller.fetch))
  }, 60_000)
  afterAll(async () => {
    await api?.stop()
    await edge?.stop()
  })

  const run = async (...args: string[]) => {
    const ended = await edge.certbound(...args)
    expect(ended, ended.err).toMatchObject({ code: 0 })
  }
  const statuses = async (token: string, partner: { cert: string; key: string }) => {
    const ask = async (path: string) =>
      (await askApi(edge, `${api.origin}/${path}`, token, partner)).status
    return {
      offline: await ask('offline'),
      checked: await ask('checked'),
      asked: await ask('asked'),
    }
  }

  it('sees a revocation at once; an API that verifies offline accepts the token until it expires', async () => {
    const { caIssued: a, selfSigned: b } = edge.partners
    const token = String((await askForToken(edge, a)).body.access_token)
    expect(await statuses(token, a)).toEqual({ offline: 200, checked: 200, asked: 200 })
    expect(await statuses(token, b)).toEqual({ offline: 401, checked: 401, asked: 401 })
    const asPartner = fetchWithCertificate({ ca: edge.ca, cert: a.cert, key: a.key })
    const body = new URLSearchParams({ token, client_id: a.clientId })
    const revoked = await asPartner(`${edge.mtlsOrigin}/revoke`, { method: 'POST', body })
    await asPartner.close()
    expect(revoked.status, await revoked.text()).toBe(200)
    expect(await statuses(token, a)).toEqual({ offline: 200, checked: 401, asked: 401 })
  })

  it('accepts an opaque token, but only from its owner', async () => {
    const { caIssued: a, selfSigned: b } = edge.partners
    await run('client', 'update', a.clientId, '--token-format', 'opaque')
    await new Promise((resolve) => setTimeout(resolve, 2_000)) // CLIENT_MEMORY is one second
    const token = String((await askForToken(edge, a)).body.access_token)
    expect(token.split('.')).toHaveLength(1)
    expect(await statuses(token, a)).toEqual({ offline: 401, checked: 401, asked: 200 })
    expect(await statuses(token, b)).toEqual({ offline: 401, checked: 401, asked: 401 })
  })
})
