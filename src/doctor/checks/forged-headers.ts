import { isProbablyRandom } from '../../certificate/random-text.ts'
import { type Check, type Examination, hasOrdinaryHost, type Partner } from '../examination.ts'
import { bad, good, skipped } from '../findings.ts'
import { doctorIdentity } from '../forge-certificate.ts'
import type { Forgery } from '../forgery/batches.ts'
import { allForgeries, forge, type Vector } from '../forgery/forge.ts'
import { pathVectors, virtualHostVectors } from '../forgery/vectors.ts'
import type { HeaderLine } from '../http/client.ts'
import type { Exchange } from '../http/exchange.ts'
import { noPlainHttp, plainHttpUrl } from './transport.ts'

/** Headers that claim a certificate, without that certificate. */
export const forgedHeaders: Check = {
  activity: 'forging headers',
  async run(examination) {
    const { mtlsTokenEndpoint: url, tokenEndpoint } = examination.deployment
    const identity = await doctorIdentity(examination.clock())
    const all = allForgeries(examination.headerName)
    const ordinary = { label: 'the ordinary host', request: { url: tokenEndpoint } }
    return [
      await forge(examination, 'forged-header', () => [plain(url)], all),
      await forge(examination, 'forged-beside-certificate', () => [
        { label: 'with a self-signed certificate', request: { url, identity } },
      ]),
      hasOrdinaryHost(examination.deployment)
        ? await forge(examination, 'forged-ordinary-host', () => [ordinary], all)
        : skipped('forged-ordinary-host', 'there is one host'),
    ]
  },
}

const plain = (url: string): Vector => ({ label: 'without a certificate', request: { url } })

/** The same headers under other names, and by other paths and hosts. */
export const forgedSpellings: Check = {
  activity: 'forging headers in other spellings, paths and hosts',
  run: async (examination) => {
    const { mtlsTokenEndpoint: url } = examination.deployment
    return [
      await forge(examination, 'forged-spelling', () => [
        renamed(url, 'underscores', (name) => name.replaceAll('-', '_')),
        renamed(url, 'hyphens', (name) => name.replaceAll('_', '-').toLowerCase()),
        renamed(url, 'upper case', (name) => name.toUpperCase()),
      ]),
      await forge(examination, 'forged-duplicate', () => [
        { ...plain(url), label: 'twice', rewrite: (lines) => lines.flatMap((one) => [one, one]) },
        {
          ...plain(url),
          label: 'after an empty one',
          rewrite: (lines) => lines.flatMap((one) => [[one[0], ''] satisfies HeaderLine, one]),
        },
      ]),
      await forge(examination, 'forged-path', () => pathVectors(url)),
      await forge(examination, 'forged-virtual-host', () =>
        virtualHostVectors(examination.deployment),
      ),
      await forge(examination, 'forged-endpoint', (partner) =>
        endpointVectors(examination, partner),
      ),
    ]
  },
}

const renamed = (url: string, label: string, rename: (name: string) => string): Vector => ({
  ...plain(url),
  label,
  rewrite: (lines) => lines.map(([name, value]) => [rename(name), value]),
})

/** RFC 7662 section 2.1, RFC 7009 section 2.1: both authenticate the client before reading the token. */
const endpointVectors = ({ deployment }: Examination, { clientId }: Partner): Vector[] =>
  deployment.otherEndpoints.map((url) => ({
    label: new URL(url).pathname,
    request: { url, form: { token: 'certbound-doctor', client_id: clientId } },
    isAccepted: (exchange: Exchange) =>
      exchange.kind === 'response' && exchange.response.status === 200,
  }))

/** What only a proxy or the edge may send: the credential, and the edge's own data. */
export const forgedProxies: Check = {
  activity: "forging the proxy's credential and the edge's data",
  run: async (examination) => {
    const { mtlsTokenEndpoint: url } = examination.deployment
    const withCredential = (label: string, credential: HeaderLine): Vector => ({
      ...plain(url),
      label,
      rewrite: (lines) => [credential, ...lines],
    })
    return [
      await forge(examination, 'forged-credential', () => [
        withCredential('an invented credential', [
          'Certbound-Proxy-Credential',
          'certbound-doctor',
        ]),
        withCredential('Proxy-Authorization', [
          'Proxy-Authorization',
          `Basic ${btoa('proxy:proxy')}`,
        ]),
      ]),
      await forge(examination, 'forged-edge', () => [plain(url)], edgeForgeries),
    ]
  },
}

/** The headers in which Cloudflare's edge sends its data to workerd in development, and to origins. */
function edgeForgeries({ claimed }: Partner): Forgery[] {
  const base64 = Buffer.from(claimed.leaf).toString('base64')
  const tlsClientAuth = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certRFC9440: `:${base64}:`,
    certRFC9440TooLarge: false,
    certChainRFC9440: claimed.chain.map((der) => `:${Buffer.from(der).toString('base64')}:`).join(),
    certChainRFC9440TooLarge: false,
  }
  const blob = JSON.stringify({ tlsVersion: 'TLSv1.3', tlsClientAuth })
  return [
    { label: 'MF-CF-Blob', lines: [['MF-CF-Blob', blob]] },
    { label: 'Cf-Client-Cert-Der-Base64', lines: [['Cf-Client-Cert-Der-Base64', base64]] },
    { label: 'cf-tls-client-auth', lines: [['cf-tls-client-auth', JSON.stringify(tlsClientAuth)]] },
  ]
}

/** Over plain HTTP, where a server may forward what it gets. */
export const forgedOverHttp: Check = {
  activity: 'forging headers over plain HTTP',
  async run(examination) {
    const { deployment } = examination
    const urls = [deployment.mtlsTokenEndpoint, deployment.tokenEndpoint]
    const plainUrls = [...new Set(urls.flatMap((url) => plainHttpUrl(examination, url) ?? []))]
    if (plainUrls.length === 0) return [skipped('forged-http', noPlainHttp)]
    const vectors = plainUrls.map((url) => ({ label: url, request: { url } }))
    return [await forge(examination, 'forged-http', () => vectors)]
  },
}

/** Malformed header lines, which a terminator may forward and the next server may read as headers. */
export const forgedFolded: Check = {
  activity: 'forging malformed header lines',
  async run(examination) {
    if (!examination.smuggling) {
      return [
        skipped('forged-folded', 'only with --smuggling: not through a shared edge by default'),
      ]
    }
    const { mtlsTokenEndpoint: url } = examination.deployment
    const malformed = (label: string, line: (name: string, value: string) => string): Vector => ({
      ...plain(url),
      label,
      raw: (lines) => lines.map(([name, value]) => line(name, value)),
    })
    return [
      await forge(examination, 'forged-folded', () => [
        // RFC 9112 section 5.2: a line that starts with a space continues the previous one.
        malformed('a folded value', (name, value) => `${name}:\r\n ${value}`),
        malformed(
          'a line within a folded one',
          (name, value) => `X-Doctor: a\r\n ${name}: ${value}`,
        ),
        // Section 5.1: no space before the colon.
        malformed('a space before the colon', (name, value) => `${name} : ${value}`),
        // Section 2.2: some servers accept a bare CR or LF as the end of a line, others do not.
        malformed('after a bare LF', (name, value) => `X-Doctor: a\n${name}: ${value}`),
        malformed('after a bare CR', (name, value) => `X-Doctor: a\r${name}: ${value}`),
        malformed('after a NUL', (name, value) => `X-Doctor: a\u0000\r\n${name}: ${value}`),
      ]),
    ]
  },
}

/** Checks the configured header's name by the rule of the Worker's configuration. */
export const headerName: Check = {
  activity: "checking the header's name",
  async run({ headerName }) {
    if (headerName === null) {
      return [
        skipped('header-name', 'give --header-name, or CERTIFICATE_HEADER in the environment'),
      ]
    }
    const problem = headerNameProblem(headerName)
    return [problem === null ? good('header-name') : bad('header-name', problem)]
  },
}

/** The problem of a header's name that must not be guessable, or null. */
export function headerNameProblem(name: string): string | null {
  if (name.length < 32) return `it has ${name.length} characters, and needs at least 32`
  return isProbablyRandom(name) ? null : 'it does not look random'
}
