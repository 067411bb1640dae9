import { aliasesOf, documentUrl } from '../discover.ts'
import { type Check, type Discovered, type Examination, hasOrdinaryHost } from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings/findings.ts'
import { type HttpAnswer, headerOf, jsonOf } from '../wire/wire.ts'

/** The document of RFC 8414: what it says, and how it is served. */
export const metadata: Check = {
  says: 'reading the metadata',
  async run(examination) {
    const { found } = examination
    return [
      good('reachable', found.documentUrl),
      good('metadata-found', found.documentUrl),
      checkIssuer(examination),
      checkHttps(found),
      checkMtls(found),
      cacheFinding('metadata-cache', found.answer, 86_400),
      await checkAlias(examination),
      await checkSame(examination),
    ]
  },
}

function checkIssuer({ found, url }: Examination): Finding {
  const { issuer, metadata, documentUrl: from, mtlsTokenEndpoint } = found
  // RFC 8414 section 3.3: identical, octet for octet.
  if (metadata.issuer !== issuer) return bad('metadata-issuer', `${from} names another issuer`)
  const hosts = [issuer, mtlsTokenEndpoint].map((one) => new URL(one).host)
  const { host } = new URL(url)
  return hosts.includes(host)
    ? good('metadata-issuer', issuer)
    : bad('metadata-issuer', `${host} serves the metadata of ${issuer}, which does not name it`)
}

function checkHttps({ metadata }: Discovered): Finding {
  const members = { ...metadata, ...aliasesOf(metadata) }
  const plain = Object.entries(members)
    .filter(([name]) => /^(issuer|jwks_uri|.*_endpoint)$/.test(name))
    .filter(([, value]) => typeof value !== 'string' || !value.startsWith('https://'))
    .map(([name]) => name)
  return plain.length === 0 ? good('metadata-https') : bad('metadata-https', plain.join(', '))
}

function checkMtls({ metadata }: Discovered): Finding {
  const methods = metadata.token_endpoint_auth_methods_supported
  const announced =
    Array.isArray(methods) &&
    methods.some((one) => one === 'tls_client_auth' || one === 'self_signed_tls_client_auth')
  if (!announced) return bad('metadata-mtls', 'no method of mutual TLS among the supported ones')
  return metadata.tls_client_certificate_bound_access_tokens === true
    ? good('metadata-mtls')
    : bad('metadata-mtls', 'tls_client_certificate_bound_access_tokens is not true')
}

/** Whether a public document says how long it may be kept, and that is neither nothing nor too long. */
export function cacheFinding(
  id: 'metadata-cache' | 'jwks-cache',
  answer: HttpAnswer,
  longest: number,
): Finding {
  const control = headerOf(answer, 'cache-control')
  if (control === null) return bad(id, 'there is no Cache-Control')
  const seconds = Number(/(?:^|[ ,])max-age=(\d+)/.exec(control)?.[1] ?? Number.NaN)
  const age = Number(headerOf(answer, 'age') ?? 0)
  const kept = !/no-store|no-cache|private/.test(control) && seconds > 0 && seconds <= longest
  if (!kept) return bad(id, `Cache-Control: ${control.slice(0, 100)}`)
  return age > longest
    ? bad(id, `a cache has had it for ${age} s`)
    : good(id, control.slice(0, 100))
}

async function checkAlias({ wire, found }: Examination): Promise<Finding> {
  const url = found.mtlsTokenEndpoint
  // A form without anything in it: the endpoint has to say that something is missing.
  const exchanged = await wire.send({ url, form: {} })
  if (exchanged.kind === 'none') {
    return bad('metadata-alias', `${url}: ${exchanged.at}: ${exchanged.why}`)
  }
  const { status } = exchanged.answer
  const error = jsonOf(exchanged.answer)?.error
  return typeof error === 'string' && (status === 400 || status === 401)
    ? good('metadata-alias', url)
    : bad('metadata-alias', `${url} answered ${status}, which is no answer of a token endpoint`)
}

async function checkSame({ wire, found }: Examination): Promise<Finding> {
  if (!hasOrdinaryHost(found)) return good('metadata-same', 'there is one host')
  const { pathname } = new URL(found.issuer)
  const origin = new URL(found.mtlsTokenEndpoint).origin
  const url = documentUrl(`${origin}${pathname}`)
  const exchanged = await wire.send({ url })
  const other = exchanged.kind === 'answer' ? jsonOf(exchanged.answer) : null
  if (exchanged.kind === 'none' || exchanged.answer.status !== 200 || other === null) {
    return skipped('metadata-same', `${origin} serves none`)
  }
  return JSON.stringify(other) === JSON.stringify(found.metadata)
    ? good('metadata-same')
    : bad('metadata-same', `${url} is another document than ${found.documentUrl}`)
}
