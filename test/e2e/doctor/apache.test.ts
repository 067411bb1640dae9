import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithProgram } from '../../support/node/debian.ts'
import { changed, type Doctored, startDoctored } from '../../support/node/proxies/doctored.ts'
import { proxyProbe } from '../../support/node/proxies/frames.ts'

const [command, probe] = proxyProbe('apache')
const it = (name: string, test: () => Promise<void>) => itWithProgram(command, probe, name, test)

/** The configuration that `proxy config apache` prints, each time with one common mistake. */
describe('the doctor on Apache httpd', () => {
  let apache: Doctored
  beforeAll(async () => {
    apache = await startDoctored('apache')
  }, 60_000)
  afterAll(async () => {
    await apache?.stop()
  })

  /** The lines that remove the configured header in one spelling. */
  const unset = () => `  RequestHeader unset ${apache.header}\n`
  const examineWith = (...changes: (readonly [from: string | RegExp, to: string])[]) =>
    apache.examine(changed(apache.configuration, ...changes))

  it('passes the printed configuration', async () => {
    const { status, wrong, sent, text } = await apache.examine(apache.configuration)
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
    expect(sent.connections).toBeLessThan(300)
  })

  it('passes it with malformed header lines too', async () => {
    const { status, wrong, text } = await apache.examine(apache.configuration, ['--smuggling'])
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
  })

  it('finds a header that is set for a certificate, but never removed', async () => {
    const { wrong, text } = await examineWith([unset(), ''])
    expect(wrong, text).toEqual(forgedAnywhere)
  })

  it('finds a header that is set only if the caller sent none', async () => {
    const { wrong, text } = await examineWith(
      [unset(), ''],
      [`RequestHeader set ${apache.header} `, `RequestHeader setifempty ${apache.header} `],
    )
    expect(wrong, text).toEqual([
      'forged-header',
      'forged-beside-certificate',
      ...forgedAnywhere.slice(1),
    ])
  })

  it('finds that no certificate is requested', async () => {
    const { wrong, text } = await examineWith([
      'SSLVerifyClient optional_no_ca',
      'SSLVerifyClient none',
    ])
    expect(wrong, text).toEqual(['mtls-asks', 'baseline-token'])
  })

  it('finds a default host that forwards', async () => {
    const { upstreamPort } = apache.ports
    const forward = `SSLStrictSNIVHostCheck off
      RequestHeader set Certbound-Proxy-Credential ${apache.credential}
      RequestHeader set Certbound-Client-Address "expr=%{REMOTE_ADDR}"
      SSLProxyEngine on
      SSLProxyCheckPeerName off
      SSLProxyCACertificateFile ${apache.caFile}
      ProxyPass "/" "https://localhost:${upstreamPort}/"`
    const { wrong, text } = await examineWith(
      ['SSLStrictSNIVHostCheck on', forward],
      ['Require all denied', 'Require all granted'],
    )
    expect(wrong, text).toEqual(['unknown-host', 'forged-virtual-host'])
  })

  it('finds TLS 1.0 and 1.1', async () => {
    const configuration = changed(apache.configuration, [
      '  SSLProtocol -all +TLSv1.2 +TLSv1.3',
      '  SSLProtocol all +TLSv1 +TLSv1.1\n  SSLCipherSuite DEFAULT:@SECLEVEL=0',
    ])
    const { wrong, text } = await apache.examineWithoutPartner(configuration)
    expect(wrong, text).toEqual(['tls-old'])
  })

  it('finds responses of the Worker that httpd replaces', async () => {
    const { wrong, text } = await examineWith([
      'ProxyRequests off',
      'ProxyRequests off\n  ProxyErrorOverride on',
    ])
    expect(wrong, text).toEqual(['metadata-alias', 'token-no-store'])
  })

  it('finds resumed sessions', async () => {
    const { wrong, text } = await examineWith(
      ['SSLSessionCache none', 'SSLSessionCache shmcb:ssl_scache(512000)'],
      ['SSLSessionTickets off', 'SSLSessionTickets on'],
    )
    expect(wrong, text).toEqual(['resumption'])
  })
})

/** The findings if a header is accepted from any caller. httpd joins two such headers into one. */
const forgedAnywhere = [
  'forged-header',
  'forged-credential',
  'forged-spelling',
  'forged-path',
  'forged-virtual-host',
  'forged-endpoint',
]
