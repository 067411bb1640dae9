import { type Check, type Examination, hasOrdinaryHost } from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings/findings.ts'
import { jsonOf, type TlsVersion } from '../wire/wire.ts'

/** The token endpoints, each at a host of its own. */
const endpoints = ({ found }: Examination): readonly string[] =>
  hasOrdinaryHost(found)
    ? [found.mtlsTokenEndpoint, found.tokenEndpoint]
    : [found.mtlsTokenEndpoint]

/** TLS versions, and who asks for a certificate. */
export const transport: Check = {
  says: 'making handshakes',
  async run(examination) {
    return [
      await checkOld(examination),
      await checkModern(examination),
      await checkAsks(examination),
      await checkOrdinaryAsks(examination),
    ]
  },
}

const accepted = async ({ wire }: Examination, url: string, version: TlsVersion) => {
  const exchanged = await wire.shake({ url, version, verify: false })
  return exchanged.kind === 'none' && exchanged.at === 'budget' ? null : exchanged.tls !== null
}

async function checkOld(examination: Examination): Promise<Finding> {
  const taken: string[] = []
  for (const url of endpoints(examination)) {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const answer = await accepted(examination, url, version)
      if (answer === null) return skipped('tls-old', 'too much was sent already')
      if (answer) taken.push(`${new URL(url).host} accepts ${version}`)
    }
  }
  return taken.length === 0 ? good('tls-old') : bad('tls-old', taken.join('; '))
}

async function checkModern(examination: Examination): Promise<Finding> {
  const seen: string[] = []
  for (const url of endpoints(examination)) {
    const versions: string[] = []
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      if (await accepted(examination, url, version)) versions.push(version)
    }
    if (versions.length === 0) return bad('tls-modern', `${new URL(url).host} accepts neither`)
    seen.push(`${new URL(url).host}: ${versions.join(' and ')}`)
  }
  return good('tls-modern', seen.join('; '))
}

async function checkAsks({ wire, found }: Examination): Promise<Finding> {
  const { tls } = await wire.shake({ url: found.mtlsTokenEndpoint, verify: false })
  const { host } = new URL(found.mtlsTokenEndpoint)
  if (tls === null) return skipped('mtls-asks', `${host} makes no handshake without a certificate`)
  return tls.askedForCertificate ? good('mtls-asks', host) : bad('mtls-asks', host)
}

async function checkOrdinaryAsks({ wire, found }: Examination): Promise<Finding> {
  if (!hasOrdinaryHost(found)) return good('ordinary-asks', 'there is one host')
  const { tls } = await wire.shake({ url: found.tokenEndpoint, verify: false })
  const { host } = new URL(found.tokenEndpoint)
  return tls?.askedForCertificate === true
    ? bad('ordinary-asks', host)
    : good('ordinary-asks', host)
}

/** The URL of an endpoint over plain HTTP, where there may be one: at port 80, or where --resolve says. */
export function plainUrl({ wire }: Examination, url: string): string | null {
  const { hostname, port, pathname } = new URL(url)
  const plain = `http://${hostname}${pathname}`
  return port === '' || wire.isResolved(plain) ? plain : null
}

/** Plain HTTP: the token endpoint must not be there. */
export const plainHttp: Check = {
  says: 'trying plain HTTP',
  async run(examination) {
    const urls = endpoints(examination).flatMap((url) => plainUrl(examination, url) ?? [])
    if (urls.length === 0) {
      return [
        skipped('http-port', 'the port of the URL is not 443; give --resolve HOST:80:ADDRESS'),
      ]
    }
    const seen: string[] = []
    for (const url of new Set(urls)) {
      const exchanged = await examination.wire.send({ url, form: {} })
      if (exchanged.kind === 'none') seen.push(`${url}: ${exchanged.why}`)
      else if (
        typeof jsonOf(exchanged.answer)?.error === 'string' ||
        exchanged.answer.status < 300
      ) {
        return [bad('http-port', `${url} answered ${exchanged.answer.status}`)]
      } else seen.push(`${url} answered ${exchanged.answer.status}`)
    }
    return [good('http-port', seen.join('; '))]
  },
}

/** A Host that is nobody's must not lead to the Worker. */
export const unknownHost: Check = {
  says: 'calling under a name that is nobody',
  async run(examination) {
    const { wire, found } = examination
    for (const endpoint of endpoints(examination)) {
      const { origin, host } = new URL(endpoint)
      const url = found.documentUrl.replace(new URL(found.documentUrl).origin, origin)
      for (const serverName of [undefined, 'doctor.invalid']) {
        const names = serverName === undefined ? {} : { serverName }
        const odd = { url, host: 'doctor.invalid', verify: false, ...names }
        const exchanged = await wire.send(odd)
        if (exchanged.kind === 'answer' && typeof jsonOf(exchanged.answer)?.issuer === 'string') {
          const by = serverName === undefined ? 'Host' : 'Host and SNI'
          return [bad('unknown-host', `${host} serves the metadata to ${by} doctor.invalid`)]
        }
      }
    }
    return [good('unknown-host')]
  },
}
