import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithProgram } from '../../support/node/debian.ts'
import { changed, type Doctored, startDoctored } from '../../support/node/proxies/doctored.ts'
import { proxyProbe } from '../../support/node/proxies/frames.ts'

const [command, probe] = proxyProbe('nginx')
const it = (name: string, test: () => Promise<void>) => itWithProgram(command, probe, name, test)

/** The configuration that `proxy config nginx` prints, each time with one common mistake. */
describe('the doctor on nginx', () => {
  let nginx: Doctored
  beforeAll(async () => {
    nginx = await startDoctored('nginx')
  }, 60_000)
  afterAll(async () => {
    await nginx?.stop()
  })

  /** A second `server` block that forwards every request, without the protection of the first one. */
  const forwarding = (listen: string, ...lines: string[]) => `
    server {
      listen ${listen};
      server_name localhost;
      ssl_certificate ${nginx.files.certificate};
      ssl_certificate_key ${nginx.files.key};
      ssl_session_tickets off;
      ssl_session_cache off;
      ${lines.join('\n')}
      ${upstream()}
      location / { proxy_pass https://certbound_worker; }
    }`
  const upstream = () => `
    proxy_set_header Host localhost:${nginx.ports.upstreamPort};
    proxy_set_header Certbound-Proxy-Credential ${nginx.credential};
    proxy_set_header Certbound-Client-Address $remote_addr;
    proxy_ssl_server_name on;
    proxy_ssl_name localhost;`
  const callersHeader = () => `$http_${nginx.header.toLowerCase().replaceAll('-', '_')}`
  const setHeader = () => `proxy_set_header ${nginx.header} $ssl_client_escaped_cert;`

  it('passes the printed configuration', async () => {
    const { status, wrong, findings, sent, text } = await nginx.examine(nginx.configuration)
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
    const passed = findings.filter(({ severity }) => severity === 'pass').map(({ id }) => id)
    expect(passed, text).toEqual(
      expect.arrayContaining([
        'baseline-token',
        'no-certificate',
        'header-name',
        'forged-ordinary-host',
        'forged-beside-certificate',
        'forged-edge',
        'resumption',
        ...forgedAnywhere,
      ]),
    )
    expect(sent.connections).toBeLessThan(300)
    expect(text.toLowerCase()).not.toContain(nginx.header.toLowerCase())
  })

  it('passes it with malformed header lines too', async () => {
    const { status, wrong, text } = await nginx.examine(nginx.configuration, ['--smuggling'])
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
  })

  it("finds a header that falls back to the caller's", async () => {
    const configuration = changed(nginx.configuration, [
      setHeader(),
      `proxy_set_header ${nginx.header} $forwarded;`,
    ])
    const map = `map $ssl_client_escaped_cert $forwarded {
      "" ${callersHeader()}; default $ssl_client_escaped_cert; }`
    const { status, wrong, text } = await nginx.examine(`${map}\n${configuration}`)
    expect(status).toBe(1)
    expect(wrong, text).toEqual(forgedAnywhere)
  })

  it('finds a location that does not inherit proxy_set_header', async () => {
    const location = `location = /token { ${upstream()} proxy_pass https://certbound_worker; }
      location / {`
    const { wrong, text } = await nginx.examine(
      changed(nginx.configuration, ['location / {', location]),
    )
    // Two lines of the header arrive together and are refused. Other paths are as printed.
    const anywhere = forgedAnywhere.filter(
      (id) => id !== 'forged-duplicate' && id !== 'forged-endpoint',
    )
    const [first = '', ...rest] = anywhere
    expect(wrong, text).toEqual(['baseline-token', first, 'forged-beside-certificate', ...rest])
  })

  it('finds a header that is removed for one spelling of the path only', async () => {
    const configuration = changed(nginx.configuration, [
      setHeader(),
      `proxy_set_header ${nginx.header} $forwarded;`,
    ])
    const map = `map $request_uri $forwarded {
      default ${callersHeader()}; "/token" $ssl_client_escaped_cert; }`
    const { wrong, findings, text } = await nginx.examine(`${map}\n${configuration}`)
    expect(wrong, text).toEqual(['forged-path', 'forged-endpoint'])
    const found = findings.find(({ id }) => id === 'forged-path')
    expect(found?.evidence).toMatch(/accepted: \/token\?: the configured header/)
  })

  it('finds an ordinary host that forwards the header to the same upstream', async () => {
    const { otherPort, issuerPort } = nginx.ports
    const configuration = `${nginx.configuration}${forwarding(`127.0.0.1:${otherPort} ssl`)}`
    const resolve = ['--resolve', `localhost:${issuerPort}:127.0.0.1:${otherPort}`]
    const { wrong, text } = await nginx.examine(configuration, resolve)
    expect(wrong, text).toEqual(['unknown-host', 'forged-ordinary-host', 'forged-virtual-host'])
  })

  it('finds a default server that forwards', async () => {
    const { port } = nginx.ports
    const configuration = changed(nginx.configuration, [defaultServer, ''])
    const other = forwarding(`127.0.0.1:${port} ssl default_server`).replace('localhost;', '_;')
    const { wrong, text } = await nginx.examine(`${configuration}${other}`)
    expect(wrong, text).toEqual(['unknown-host', 'forged-virtual-host'])
  })

  it('finds plain HTTP that forwards', async () => {
    const { httpPort } = nginx.ports
    const configuration = `${nginx.configuration}${forwarding(`127.0.0.1:${httpPort}`)}`
    const resolve = ['--resolve', `localhost:80:127.0.0.1:${httpPort}`]
    const { wrong, text } = await nginx.examine(configuration, resolve)
    expect(wrong, text).toEqual(['http-port', 'forged-http'])
  })

  it('passes plain HTTP that redirects', async () => {
    const { httpPort, port } = nginx.ports
    const redirect = `server { listen 127.0.0.1:${httpPort}; return 301 https://localhost:${port}$request_uri; }`
    const resolve = ['--resolve', `localhost:80:127.0.0.1:${httpPort}`]
    const { wrong, text } = await nginx.examine(`${nginx.configuration}${redirect}`, resolve)
    expect(wrong, text).toEqual([])
  })

  it('finds TLS 1.0 and 1.1', async () => {
    const old = 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT:@SECLEVEL=0;'
    const configuration = changed(nginx.configuration, [/(?<!_)ssl_protocols [^;]+;/g, old])
    const { wrong, text } = await nginx.examineWithoutPartner(configuration)
    expect(wrong, text).toEqual(['tls-old'])
  })

  it('finds that no certificate is requested', async () => {
    const configuration = changed(nginx.configuration, ['ssl_verify_client optional_no_ca;', ''])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['mtls-asks', 'baseline-token'])
  })

  it('finds resumed sessions', async () => {
    const configuration = changed(nginx.configuration, [
      'ssl_session_tickets off;',
      'ssl_session_tickets on;',
    ])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['resumption'])
  })

  it('finds responses that may be cached', async () => {
    const configuration = changed(nginx.configuration, [
      'proxy_redirect off;',
      'proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=600" always;',
    ])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['token-no-store'])
  })

  it('finds a header name that can be guessed', async () => {
    const { wrong, text } = await nginx.examineWithoutPartner(
      nginx.configuration,
      [],
      'X-Client-Cert',
    )
    expect(wrong, text).toEqual(['header-name'])
  })

  describe('on a server in place of the ordinary host', () => {
    /** Runs the doctor on a server that answers for the issuer's host and forwards without the header. */
    const ordinary = (method: 'examineWithoutPartner' | 'examine', ...lines: string[]) => {
      const { otherPort, issuerPort } = nginx.ports
      const own = forwarding(`127.0.0.1:${otherPort} ssl`, ...lines)
      const stripped = own.replace('proxy_ssl_name', `${setHeader()} proxy_ssl_name`)
      const resolve = ['--resolve', `localhost:${issuerPort}:127.0.0.1:${otherPort}`]
      return nginx[method](`${nginx.configuration}${stripped}`, resolve)
    }
    const json = (path: string, age: number, value: unknown) => `location = ${path} {
      default_type application/json;
      add_header Cache-Control "public, max-age=${age}";
      return 200 '${JSON.stringify(value)}';
    }`

    it('finds only that it forwards any Host: the accepted twin of the following', async () => {
      const { status, wrong, text } = await ordinary('examine')
      expect({ status, wrong }, text).toEqual({ status: 0, wrong: ['unknown-host'] })
    })

    it('finds a JWK Set with a private key, cached for a day', async () => {
      const keys = [{ kty: 'EC', kid: 'a', alg: 'ES256', use: 'sig', crv: 'P-256', d: 'AA' }]
      const location = json('/jwks', 86_400, { keys })
      const { wrong, text } = await ordinary('examineWithoutPartner', location)
      expect(wrong, text).toEqual(['jwks-keys', 'jwks-cache', 'unknown-host'])
    })

    it('finds metadata without mutual TLS, cached for a year', async () => {
      const { issuerPort, port } = nginx.ports
      const issuer = `https://localhost:${issuerPort}`
      const location = json('/.well-known/oauth-authorization-server', 31_536_000, {
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        mtls_endpoint_aliases: { token_endpoint: `https://localhost:${port}/token` },
      })
      const { wrong, text } = await ordinary('examineWithoutPartner', location)
      const metadata = ['metadata-mtls', 'metadata-cache', 'metadata-same']
      expect(wrong, text).toEqual([...metadata, 'unknown-host'])
    })

    it('finds that the ordinary host requests and forwards certificates too', async () => {
      const asks = 'ssl_verify_client optional_no_ca;'
      const { wrong, text } = await ordinary('examine', asks)
      expect(wrong, text).toEqual(['ordinary-asks', 'unknown-host', 'ordinary-host-token'])
    })

    it('finds sessions that the other host resumes', async () => {
      const tickets = `ssl_session_tickets on; ssl_session_ticket_key ${nginx.files.ticketKey};`
      const configuration = changed(
        nginx.configuration,
        // Without the default server both servers share one session context.
        [defaultServer, ''],
        ['ssl_session_tickets off;', tickets],
      )
      const { wrong, text } = await nginx.examine(
        `${configuration}${forwarding(`127.0.0.1:${nginx.ports.otherPort} ssl`)
          .replace('ssl_session_tickets off;', tickets)
          .replace('proxy_ssl_name', `${setHeader()} proxy_ssl_name`)}`,
        ['--resolve', `localhost:${nginx.ports.issuerPort}:127.0.0.1:${nginx.ports.otherPort}`],
      )
      expect(wrong, text).toEqual(['unknown-host', 'resumption', 'resumption-other-host'])
    })
  })
})

/** The printed server for unknown host names. */
const defaultServer = /server \{\s+listen [^;]+ ssl default_server;.*?\n\}/gs

/** The findings if a header is accepted from any caller. */
const forgedAnywhere = [
  'forged-header',
  'forged-credential',
  'forged-spelling',
  'forged-duplicate',
  'forged-path',
  'forged-virtual-host',
  'forged-endpoint',
]
