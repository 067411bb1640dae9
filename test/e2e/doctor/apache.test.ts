import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithProgram } from '../../support/node/debian.ts'
import { type Doctored, planted, startDoctored } from '../../support/node/proxies/doctored.ts'
import { proxyProbe } from '../../support/node/proxies/frames.ts'

const [command, probe] = proxyProbe('apache')
const it = (name: string, test: () => Promise<void>) => itWithProgram(command, probe, name, test)

/** What `proxy config apache` prints, with one mistake each that people make. */
describe('the doctor at Apache httpd', () => {
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
    apache.examine(planted(apache.configuration, ...changes))

  it('finds nothing in what is printed', async () => {
    const { status, wrong, sent, text } = await apache.examine(apache.configuration)
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
    expect(sent.connections).toBeLessThan(300)
  })

  it('nor with malformed lines', async () => {
    const { status, wrong, text } = await apache.examine(apache.configuration, ['--smuggling'])
    expect({ status, wrong }, text).toEqual({ status: 0, wrong: [] })
  })

  it('a header that is set where there is a certificate, and nowhere removed', async () => {
    const { wrong, text } = await examineWith([unset(), ''])
    expect(wrong, text).toEqual(forgedAnywhere)
  })

  it('a header that is set where the caller has sent none', async () => {
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

  it('a certificate that is not asked for', async () => {
    const { wrong, text } = await examineWith([
      'SSLVerifyClient optional_no_ca',
      'SSLVerifyClient none',
    ])
    expect(wrong, text).toEqual(['mtls-asks', 'baseline-token'])
  })

  it('a first host that forwards for whoever asks', async () => {
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

  it('TLS 1.0 and 1.1', async () => {
    const configuration = planted(apache.configuration, [
      '  SSLProtocol -all +TLSv1.2 +TLSv1.3',
      '  SSLProtocol all +TLSv1 +TLSv1.1\n  SSLCipherSuite DEFAULT:@SECLEVEL=0',
    ])
    const { wrong, text } = await apache.look(configuration)
    expect(wrong, text).toEqual(['tls-old'])
  })

  it('answers of the Worker that httpd replaces', async () => {
    const { wrong, text } = await examineWith([
      'ProxyRequests off',
      'ProxyRequests off\n  ProxyErrorOverride on',
    ])
    expect(wrong, text).toEqual(['metadata-alias', 'token-no-store'])
  })

  it('sessions that are resumed with their certificate', async () => {
    const { wrong, text } = await examineWith(
      ['SSLSessionCache none', 'SSLSessionCache shmcb:ssl_scache(512000)'],
      ['SSLSessionTickets off', 'SSLSessionTickets on'],
    )
    expect(wrong, text).toEqual(['resumption'])
  })
})

/** What a header that is believed wherever it comes from brings about; httpd joins two of them to one. */
const forgedAnywhere = [
  'forged-header',
  'forged-credential',
  'forged-spelling',
  'forged-path',
  'forged-virtual-host',
  'forged-endpoint',
]
