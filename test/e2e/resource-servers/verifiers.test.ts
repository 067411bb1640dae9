import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import express, { type ErrorRequestHandler } from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askForToken } from '../../support/node/access-token.ts'
import { itWithProgram } from '../../support/node/debian.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../../support/node/local-edge.ts'
import { freePort, startProxy } from '../../support/node/proxies/start-proxy.ts'
import { askApi, serverOf, startTlsApi } from '../../support/node/tls-api.ts'

const audience = 'https://api.example.com'

/** Certbound's tokens, verified by other implementations. */
describe('a token of Certbound', () => {
  let edge: LocalEdge
  let a: Partner
  let b: Partner
  let token: string

  beforeAll(async () => {
    edge = await startLocalEdge()
    a = edge.partners.caIssued
    b = edge.partners.selfSigned
    const { body } = await askForToken(edge, a)
    token = String(body.access_token)
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  const outcomes = async (url: string) => {
    const altered = token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))
    return {
      own: (await askApi(edge, url, token, a)).status,
      others: (await askApi(edge, url, token, b)).status,
      none: (await askApi(edge, url, token, null)).status,
      altered: (await askApi(edge, url, altered, a)).status,
    }
  }

  it('is accepted by express-oauth2-jwt-bearer', async () => {
    const app = express()
    app.use(
      auth({
        issuerBaseURL: edge.issuer,
        audience,
        tokenSigningAlg: 'ES256',
        strict: true,
        agent: new Agent({ ca: edge.ca }),
        mtls: { enabled: true, required: true },
        getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate()?.raw,
      }),
    )
    app.get('/', (request, response) => {
      response.json(request.auth?.payload)
    })
    const refuse: ErrorRequestHandler = (error, _, response, __) => {
      response.status(error.status ?? 500).end()
    }
    app.use(refuse)
    const api = await startTlsApi(edge, app)
    try {
      // It answers a request without a certificate with 400.
      expect(await outcomes(api.origin)).toEqual({ own: 200, others: 401, none: 400, altered: 401 })
    } finally {
      await api.stop()
    }
  })

  itWithProgram(
    '/usr/bin/test',
    ['-f', '/usr/lib/apache2/modules/mod_oauth2.so'],
    'is accepted by libapache2-mod-oauth2',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'certbound-mod-oauth2-'))
      const port = await freePort()
      const documents = join(folder, 'documents')
      const program = join(folder, 'httpd')
      await Promise.all([mkdir(documents), mkdir(program)])
      await writeFile(join(documents, 'index.html'), 'served')
      const { files } = serverOf(edge)
      const configuration = `
${['authn_core', 'authz_user', 'dir']
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
LoadModule oauth2_module /usr/lib/apache2/modules/mod_oauth2.so
DocumentRoot ${documents}
DirectoryIndex index.html
SSLEngine on
SSLCertificateFile ${files.server}
SSLCertificateKeyFile ${files.serverKey}
SSLSessionTickets off
SSLVerifyClient optional_no_ca
<Location />
  AuthType oauth2
  # This test does not check that the JWK Set comes from the issuer.
  OAuth2TokenVerify jwks_uri ${edge.issuer}/jwks jwks_uri.ssl_verify=false&verify.exp=required&verify.iat=required&type=mtls&mtls.policy=required
  Require valid-user
</Location>`
      const apache = await startProxy('apache', configuration, program, port)
      try {
        const url = `https://localhost:${port}/index.html`
        expect(await outcomes(url), apache.logs()).toEqual({
          own: 200,
          others: 401,
          none: 401,
          altered: 401,
        })
        expect((await askApi(edge, url, token, a)).text).toBe('served')
      } finally {
        await apache.stop()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
