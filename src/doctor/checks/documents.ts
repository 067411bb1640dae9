import { isRecord } from '../../encoding/is-record.ts'
import { aliasesOf, documentUrl } from '../discover.ts'
import {
  type Check,
  type Examination,
  type ExaminedDeployment,
  hasOrdinaryHost,
} from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings.ts'
import { type HttpResponse, headerOf, jsonOf } from '../http/exchange.ts'

/** The metadata (RFC 8414): its contents, and how it is served. */
export const metadata: Check = {
  activity: 'reading the metadata',
  async run(examination) {
    const { deployment } = examination
    return [
      good('reachable', deployment.documentUrl),
      good('metadata-found', deployment.documentUrl),
      checkIssuer(examination),
      checkHttps(deployment),
      checkMtls(deployment),
      cacheFinding('metadata-cache', deployment.response, 86_400),
      await checkAlias(examination),
      await checkSame(examination),
    ]
  },
}

function checkIssuer({ deployment, url }: Examination): Finding {
  const { issuer, metadata, documentUrl: from, mtlsTokenEndpoint } = deployment
  // RFC 8414 section 3.3: the issuer must be identical.
  if (metadata.issuer !== issuer) return bad('metadata-issuer', `${from} names another issuer`)
  const hosts = [issuer, mtlsTokenEndpoint].map((one) => new URL(one).host)
  const { host } = new URL(url)
  return hosts.includes(host)
    ? good('metadata-issuer', issuer)
    : bad(
        'metadata-issuer',
        `${host} serves the metadata of ${issuer}, which does not name that host`,
      )
}

function checkHttps({ metadata }: ExaminedDeployment): Finding {
  const members = { ...metadata, ...aliasesOf(metadata) }
  const plain = Object.entries(members)
    .filter(([name]) => /^(issuer|jwks_uri|.*_endpoint)$/.test(name))
    .filter(([, value]) => typeof value !== 'string' || !value.startsWith('https://'))
    .map(([name]) => name)
  return plain.length === 0 ? good('metadata-https') : bad('metadata-https', plain.join(', '))
}

function checkMtls({ metadata }: ExaminedDeployment): Finding {
  const methods = metadata.token_endpoint_auth_methods_supported
  const announced =
    Array.isArray(methods) &&
    methods.some((one) => one === 'tls_client_auth' || one === 'self_signed_tls_client_auth')
  if (!announced) return bad('metadata-mtls', 'no mutual-TLS method is among the supported ones')
  return metadata.tls_client_certificate_bound_access_tokens === true
    ? good('metadata-mtls')
    : bad('metadata-mtls', 'tls_client_certificate_bound_access_tokens is not true')
}

/** Whether a public document may be cached, and for no longer than a limit in seconds. */
function cacheFinding(
  id: 'metadata-cache' | 'jwks-cache',
  response: HttpResponse,
  maxSeconds: number,
): Finding {
  const control = headerOf(response, 'cache-control')
  if (control === null) return bad(id, 'there is no Cache-Control')
  const seconds = Number(/(?:^|[ ,])max-age=(\d+)/.exec(control)?.[1] ?? Number.NaN)
  const age = Number(headerOf(response, 'age') ?? 0)
  const isCacheable =
    !/no-store|no-cache|private/.test(control) && seconds > 0 && seconds <= maxSeconds
  if (!isCacheable) return bad(id, `Cache-Control: ${control.slice(0, 100)}`)
  return age > maxSeconds
    ? bad(id, `a cache has kept it for ${age} s`)
    : good(id, control.slice(0, 100))
}

async function checkAlias({ http, deployment }: Examination): Promise<Finding> {
  const url = deployment.mtlsTokenEndpoint
  // A token endpoint answers an empty form with an error code.
  const exchange = await http.send({ url, form: {} })
  if (exchange.kind === 'failed') {
    return bad('metadata-alias', `${url}: ${exchange.stage}: ${exchange.reason}`)
  }
  const { status } = exchange.response
  const error = jsonOf(exchange.response)?.error
  return typeof error === 'string' && (status === 400 || status === 401)
    ? good('metadata-alias', url)
    : bad(
        'metadata-alias',
        `${url} answered ${status}, which is not a response of a token endpoint`,
      )
}

async function checkSame({ http, deployment }: Examination): Promise<Finding> {
  if (!hasOrdinaryHost(deployment)) return good('metadata-same', 'there is one host')
  const { pathname } = new URL(deployment.issuer)
  const origin = new URL(deployment.mtlsTokenEndpoint).origin
  const url = documentUrl(`${origin}${pathname}`)
  const exchange = await http.send({ url })
  const isFound = exchange.kind === 'response' && exchange.response.status === 200
  const other = isFound ? jsonOf(exchange.response) : null
  if (other === null) return skipped('metadata-same', `${origin} serves no metadata`)
  return JSON.stringify(other) === JSON.stringify(deployment.metadata)
    ? good('metadata-same')
    : bad('metadata-same', `${url} differs from ${deployment.documentUrl}`)
}

/** In seconds. The Worker sends five minutes. */
const maxAge = 3600

/** The JWK Set with which APIs verify tokens. */
export const keySet: Check = {
  activity: 'reading the JWK Set',
  async run({ http, deployment }) {
    const url = deployment.jwksUri
    const exchange = await http.send({ url })
    const response = exchange.kind === 'response' ? exchange.response : null
    const set = response?.status === 200 ? jsonOf(response) : null
    if (response === null || set === null) {
      const reason = exchange.kind === 'failed' ? exchange.reason : `${exchange.response.status}`
      const rest = skipped('jwks-keys', 'there is no JWK Set')
      return [
        bad('jwks-reachable', `${url}: ${reason}`),
        rest,
        skipped('jwks-cache', rest.evidence),
      ]
    }
    return [
      good('jwks-reachable', url),
      keysFinding(set),
      cacheFinding('jwks-cache', response, maxAge),
    ]
  },
}

/** Members of private and symmetric keys (RFC 7518 section 6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

function keysFinding(set: Readonly<Record<string, unknown>>): Finding {
  const keys = Array.isArray(set.keys) ? set.keys.filter(isRecord) : []
  const problems = [
    ...(keys.length === 0 ? ['it has no keys'] : []),
    ...keys.flatMap((key) => {
      const leaked = privateMembers.filter((name) => Object.hasOwn(key, name))
      return leaked.length > 0 ? [`a key has ${leaked.join(', ')}`] : []
    }),
    ...(['kid', 'alg'] as const)
      .filter((name) => keys.some((key) => typeof key[name] !== 'string'))
      .map((name) => `a key has no ${name}`),
    ...(keys.some(({ use }) => use !== 'sig') ? ['a key is not for signatures (use)'] : []),
    ...(new Set(keys.map(({ kid }) => kid)).size < keys.length ? ['two keys have one kid'] : []),
  ]
  return problems.length === 0
    ? good('jwks-keys', `${keys.length} keys`)
    : bad('jwks-keys', problems.join('; '))
}
