import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithProgram } from '../../support/node/debian.ts'
import { type Doctored, planted, startDoctored } from '../../support/node/proxies/doctored.ts'
import { proxyProbe } from '../../support/node/proxies/frames.ts'

const [command, probe] = proxyProbe('nginx')
const it = (name: string, test: () => Promise<void>) => itWithProgram(command, probe, name, test)

/** What `proxy config nginx` prints, with one mistake each that people make. */
describe('the doctor at nginx', () => {
  let nginx: Doctored
  beforeAll(async () => {
    nginx = await startDoctored('nginx')
  }, 60_000)
  afterAll(async () => {
    await nginx?.stop()
  })

  /** A further server that forwards what it gets, as somebody writes it who thinks of the other one. */
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
    proxy_ssl_server_name on;
    proxy_ssl_name localhost;`
  const callersHeader = () => `$http_${nginx.header.toLowerCase().replaceAll('-', '_')}`
  const setHeader = () => `proxy_set_header ${nginx.header} $ssl_client_escaped_cert;`

  it('finds nothing in what is printed', async () => {
    const { status, wrong, findings, sent, text } = await nginx.examine(nginx.configuration)
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
    const passed = findings.filter(({ severity }) => severity === 'pass').map(({ id }) => id)
    expect(passed, text).toEqual(
      expect.arrayContaining([
        ...['baseline-token', 'no-certificate', 'header-name', 'forged-ordinary-host'],
        ...['forged-beside-certificate', 'forged-edge', 'resumption', ...forgedAnywhere],
      ]),
    )
    expect(sent.connections).toBeLessThan(300)
    expect(text.toLowerCase()).not.toContain(nginx.header.toLowerCase())
  })

  it('nor with malformed lines', async () => {
    const { status, wrong, text } = await nginx.examine(nginx.configuration, ['--smuggling'])
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
  })

  it("a header that falls back on the caller's", async () => {
    const configuration = planted(nginx.configuration, [
      setHeader(),
      `proxy_set_header ${nginx.header} $conveyed;`,
    ])
    const map = `map $ssl_client_escaped_cert $conveyed {
      "" ${callersHeader()}; default $ssl_client_escaped_cert; }`
    const { status, wrong, text } = await nginx.examine(`${map}\n${configuration}`)
    expect(status).toBe(1)
    expect(wrong, text).toEqual(forgedAnywhere)
  })

  it('a strip lost in a location with a proxy_set_header of its own', async () => {
    const location = `location = /token { ${upstream()} proxy_pass https://certbound_worker; }
      location / {`
    const { wrong, text } = await nginx.examine(
      planted(nginx.configuration, ['location / {', location]),
    )
    expect(wrong, text).toEqual([
      ...[
        'baseline-token',
        'forged-header',
        'forged-beside-certificate',
        ...forgedAnywhere.slice(1),
      ],
    ])
  })

  it('a strip by the letters of the path', async () => {
    const configuration = planted(nginx.configuration, [
      setHeader(),
      `proxy_set_header ${nginx.header} $conveyed;`,
    ])
    const map = `map $request_uri $conveyed {
      default ${callersHeader()}; "/token" $ssl_client_escaped_cert; }`
    const { wrong, findings, text } = await nginx.examine(`${map}\n${configuration}`)
    expect(wrong, text).toEqual(['forged-path'])
    const found = findings.find(({ id }) => id === 'forged-path')
    expect(found?.evidence).toMatch(/\/%74oken: the configured header.*\/token\?: the configured/)
  })

  it('an ordinary host that forwards to the same upstream without a strip', async () => {
    const { otherPort, issuerPort } = nginx.ports
    const configuration = `${nginx.configuration}${forwarding(`127.0.0.1:${otherPort} ssl`)}`
    const resolve = ['--resolve', `localhost:${issuerPort}:127.0.0.1:${otherPort}`]
    const { wrong, text } = await nginx.examine(configuration, resolve)
    expect(wrong, text).toEqual(['unknown-host', 'forged-ordinary-host', 'forged-virtual-host'])
  })

  it('a default server that forwards', async () => {
    const { port } = nginx.ports
    const configuration = planted(nginx.configuration, [
      /server \{\s+listen [^;]+ ssl default_server;.*?\n\}/gs,
      '',
    ])
    const other = forwarding(`127.0.0.1:${port} ssl default_server`).replace('localhost;', '_;')
    const { wrong, text } = await nginx.examine(`${configuration}${other}`)
    expect(wrong, text).toEqual(['unknown-host', 'forged-virtual-host'])
  })

  it('plain HTTP that forwards', async () => {
    const { httpPort } = nginx.ports
    const configuration = `${nginx.configuration}${forwarding(`127.0.0.1:${httpPort}`)}`
    const resolve = ['--resolve', `localhost:80:127.0.0.1:${httpPort}`]
    const { wrong, text } = await nginx.examine(configuration, resolve)
    expect(wrong, text).toEqual(['http-port', 'forged-http'])
  })

  it('plain HTTP that redirects is none', async () => {
    const { httpPort, port } = nginx.ports
    const redirect = `server { listen 127.0.0.1:${httpPort}; return 301 https://localhost:${port}$request_uri; }`
    const resolve = ['--resolve', `localhost:80:127.0.0.1:${httpPort}`]
    const { wrong, text } = await nginx.examine(`${nginx.configuration}${redirect}`, resolve)
    expect(wrong, text).toEqual([])
  })

  it('TLS 1.0 and 1.1', async () => {
    const old = 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT:@SECLEVEL=0;'
    const configuration = planted(nginx.configuration, [/(?<!_)ssl_protocols [^;]+;/g, old])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['tls-old'])
  })

  it('a certificate that is not asked for', async () => {
    const configuration = planted(nginx.configuration, ['ssl_verify_client optional_no_ca;', ''])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['mtls-asks', 'baseline-token'])
  })

  it('sessions that are resumed with their certificate', async () => {
    const configuration = planted(nginx.configuration, [
      'ssl_session_tickets off;',
      'ssl_session_tickets on;',
    ])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['resumption'])
  })

  it('answers that caches may keep', async () => {
    const configuration = planted(nginx.configuration, [
      'proxy_redirect off;',
      'proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=600" always;',
    ])
    const { wrong, text } = await nginx.examine(configuration)
    expect(wrong, text).toEqual(['token-no-store'])
  })

  it('a header name that can be guessed', async () => {
    const { wrong, text } = await nginx.examine(nginx.configuration, [], 'X-Client-Cert')
    expect(wrong, text).toEqual(['header-name'])
    const unrandom = 'X-Client-Certificate-Of-Our-Partners'
    expect((await nginx.examine(nginx.configuration, [], unrandom)).wrong).toEqual(['header-name'])
  })
})

/** What a header that is believed wherever it comes from brings about. */
const forgedAnywhere = [
  ...['forged-header', 'forged-credential', 'forged-spelling'],
  ...['forged-duplicate', 'forged-path', 'forged-virtual-host'],
]
