import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { newProxyCredential } from '../../../src/cli/proxy/secrets.ts'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { askForToken } from '../../support/node/access-token.ts'
import { itWithProgram } from '../../support/node/debian.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'
import { freePort, startProxy } from '../../support/node/proxies/start-proxy.ts'
import { askApi, serverOf } from '../../support/node/tls-api.ts'
import { tlsRequest } from '../../support/node/tls-client.ts'

const folder = join(projectRoot, 'examples/node-api')
const audience = 'https://api.example.com'

describe('the example API on Node', () => {
  let edge: LocalEdge

  beforeAll(async () => {
    edge = await startLocalEdge()
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  /** Starts the example as its README describes. */
  async function startExample(credential: string) {
    const child = spawn(
      process.execPath,
      ['--conditions=certbound-source', join(folder, 'main.ts')],
      {
        cwd: projectRoot,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ISSUER: edge.issuer,
          AUDIENCE: audience,
          PROXY_CREDENTIAL: credential,
          PORT: '0',
          NODE_EXTRA_CA_CERTS: edge.caFile,
        },
      },
    )
    let output = ''
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString()
    })
    const ended = once(child, 'exit')
    await Promise.race([once(child.stdout, 'data'), ended])
    const stop = async () => {
      child.kill('SIGKILL')
      await ended
    }
    return { port: new URL(output.trim()).port, output: () => output, stop }
  }

  async function startNginx(credential: string, upstreamPort: string) {
    const port = await freePort()
    const { files } = serverOf(edge)
    const values: Record<string, string> = {
      LISTEN: `127.0.0.1:${port}`,
      PUBLIC_HOST: 'localhost',
      PORT: upstreamPort,
      CERTIFICATE: files.server,
      KEY: files.serverKey,
      PROXY_CREDENTIAL: credential,
    }
    const template = await readFile(join(folder, 'nginx.conf'), 'utf8')
    const configuration = template
      .replaceAll(/^ *#.*\n/gm, '')
      .replaceAll(/\b[A-Z_]{3,}\b/g, (name) => values[name] ?? name)
    const home = await mkdtemp(join(tmpdir(), 'certbound-node-api-'))
    const nginx = await startProxy('nginx', configuration, home, port)
    const stop = async () => {
      await nginx.stop()
      await rm(home, { recursive: true, force: true })
    }
    return { origin: `https://localhost:${port}`, stop }
  }

  itWithProgram('/usr/sbin/nginx', ['-v'], 'serves only the token owner behind nginx', async () => {
    const { caIssued: a, selfSigned: b } = edge.partners
    const { body } = await askForToken(edge, a)
    const token = String(body.access_token)
    const credential = newProxyCredential()
    const example = await startExample(credential)
    const nginx = await startNginx(credential, example.port)
    try {
      const url = `${nginx.origin}/orders`
      const own = await askApi(edge, url, token, a)
      expect([own.status, own.text]).toEqual([200, '{"orders":[],"partner":"demo-ca-issued"}'])
      expect((await askApi(edge, url, token, b)).status).toBe(401)
      expect((await askApi(edge, url, token, null)).status).toBe(401)
      expect(example.output()).toContain('"code":"binding_mismatch"')

      // A forged header does not pass nginx, and is ignored on a direct connection.
      const forged = encodeURIComponent(a.cert)
      const headers = { authorization: `Bearer ${token}`, 'x-client-cert': forged }
      const through = { ca: edge.ca, cert: b.cert, key: b.key, url, headers }
      expect((await tlsRequest(through)).status).toBe(401)
      const direct = await fetch(`http://127.0.0.1:${example.port}/orders`, { headers })
      expect(direct.status).toBe(401)
      const asProxy = { ...headers, 'certbound-proxy-credential': credential }
      const withChain = await fetch(`http://127.0.0.1:${example.port}/orders`, {
        headers: asProxy,
      })
      expect(withChain.status).toBe(401) // nginx never writes a chain.
      const [leaf = ''] = a.cert.match(/^-----BEGIN.*?-----END CERTIFICATE-----\n/s) ?? []
      const exact = { ...asProxy, 'x-client-cert': encodeURIComponent(leaf) }
      const withLeaf = await fetch(`http://127.0.0.1:${example.port}/orders`, { headers: exact })
      expect(withLeaf.status).toBe(200)
    } finally {
      await nginx.stop()
      await example.stop()
    }
  })
})
