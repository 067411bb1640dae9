import { type Check, type Examination, hasOrdinaryHost } from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings.ts'
import { jsonOf, type TlsVersion } from '../http/exchange.ts'

/** The token endpoints, one for each host. */
const endpoints = ({ deployment }: Examination): readonly string[] =>
  hasOrdinaryHost(deployment)
    ? [deployment.mtlsTokenEndpoint, deployment.tokenEndpoint]
    : [deployment.mtlsTokenEndpoint]

/** TLS versions, and which hosts ask for a certificate. */
export const transport: Check = {
  activity: 'making handshakes',
  async run(examination) {
    return [
      await checkOldVersions(examination),
      await checkModernVersions(examination),
      await checkMtlsHost(examination),
      await checkOrdinaryHost(examination),
    ]
  },
}

/** Whether the host accepts a TLS version; null if the request was not sent. */
const isAccepted = async ({ http }: Examination, url: string, version: TlsVersion) => {
  const exchange = await http.handshake({ url, version, verify: false })
  return exchange.kind === 'failed' && exchange.stage === 'limit' ? null : exchange.tls !== null
}

async function checkOldVersions(examination: Examination): Promise<Finding> {
  const accepted: string[] = []
  for (const url of endpoints(examination)) {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const result = await isAccepted(examination, url, version)
      if (result === null) return skipped('tls-old', 'the limit of connections is reached')
      if (result) accepted.push(`${new URL(url).host} accepts ${version}`)
    }
  }
  return accepted.length === 0 ? good('tls-old') : bad('tls-old', accepted.join('; '))
}

async function checkModernVersions(examination: Examination): Promise<Finding> {
  const results: string[] = []
  for (const url of endpoints(examination)) {
    const versions: string[] = []
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      if (await isAccepted(examination, url, version)) versions.push(version)
    }
    if (versions.length === 0) return bad('tls-modern', `${new URL(url).host} accepts neither`)
    results.push(`${new URL(url).host}: ${versions.join(' and ')}`)
  }
  return good('tls-modern', results.join('; '))
}

async function checkMtlsHost({ http, deployment }: Examination): Promise<Finding> {
  const { tls } = await http.handshake({ url: deployment.mtlsTokenEndpoint, verify: false })
  const { host } = new URL(deployment.mtlsTokenEndpoint)
  if (tls === null) return skipped('mtls-asks', `${host} makes no handshake without a certificate`)
  return (tls.askedForCertificate ? good : bad)('mtls-asks', host)
}

async function checkOrdinaryHost({ http, deployment }: Examination): Promise<Finding> {
  if (!hasOrdinaryHost(deployment)) return good('ordinary-asks', 'there is one host')
  const { tls } = await http.handshake({ url: deployment.tokenEndpoint, verify: false })
  const { host } = new URL(deployment.tokenEndpoint)
  return (tls?.askedForCertificate === true ? bad : good)('ordinary-asks', host)
}

/** Why checks of plain HTTP are skipped. */
export const noPlainHttp = 'the port of the URL is not 443; give --resolve HOST:80:ADDRESS'

/** The URL of an endpoint over plain HTTP: at port 80, or at the address of --resolve; else null. */
export function plainHttpUrl({ http }: Examination, url: string): string | null {
  const { hostname, port, pathname } = new URL(url)
  const plain = `http://${hostname}${pathname}`
  return port === '' || http.isResolved(plain) ? plain : null
}

/** The token endpoint must not be served over plain HTTP. */
export const plainHttp: Check = {
  activity: 'trying plain HTTP',
  async run(examination) {
    const urls = endpoints(examination).flatMap((url) => plainHttpUrl(examination, url) ?? [])
    if (urls.length === 0) return [skipped('http-port', noPlainHttp)]
    const results: string[] = []
    for (const url of new Set(urls)) {
      const exchange = await examination.http.send({ url, form: {} })
      if (exchange.kind === 'failed') {
        results.push(`${url}: ${exchange.reason}`)
        continue
      }
      const { response } = exchange
      const result = `${url} answered ${response.status}`
      if (typeof jsonOf(response)?.error === 'string' || response.status < 300) {
        return [bad('http-port', result)]
      }
      results.push(result)
    }
    return [good('http-port', results.join('; '))]
  },
}

/** A request for an unknown host must not reach the Worker. */
export const unknownHost: Check = {
  activity: 'sending requests for an unknown host',
  async run(examination) {
    const { http, deployment } = examination
    for (const endpoint of endpoints(examination)) {
      const { origin, host } = new URL(endpoint)
      const url = deployment.documentUrl.replace(new URL(deployment.documentUrl).origin, origin)
      const request = { url, host: 'doctor.invalid', verify: false }
      for (const withSni of [false, true]) {
        const exchange = await http.send(
          withSni ? { ...request, serverName: 'doctor.invalid' } : request,
        )
        if (exchange.kind === 'response' && typeof jsonOf(exchange.response)?.issuer === 'string') {
          const by = withSni ? 'Host and SNI' : 'Host'
          return [bad('unknown-host', `${host} serves the metadata to ${by} doctor.invalid`)]
        }
      }
    }
    return [good('unknown-host')]
  },
}
