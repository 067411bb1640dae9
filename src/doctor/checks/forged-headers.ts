import { type Check, type Examination, hasOrdinaryHost, type Partner } from '../examination.ts'
import { skipped } from '../findings/findings.ts'
import type { Forgery } from '../forgery/batches.ts'
import { everyForgery, forge, type Vector } from '../forgery/forge.ts'
import { doctorsName, throwaway } from '../throwaway.ts'
import type { Exchanged, HeaderLine } from '../wire/wire.ts'
import { paths } from './path-spellings.ts'
import { plainUrl } from './transport.ts'
import { virtualHosts } from './virtual-hosts.ts'

/** Headers that claim a certificate, without any. */
export const forgedHeaders: Check = {
  says: 'forging headers',
  async run(examination) {
    const { mtlsTokenEndpoint: url, tokenEndpoint } = examination.found
    const stranger = await throwaway({
      ...{ subject: doctorsName, issuer: doctorsName, subjectAltName: null },
      ...{ notBefore: examination.clock() - 3600, notAfter: examination.clock() + 86_400 },
    })
    const every = everyForgery(examination.headerName)
    const ordinary = { label: 'the ordinary host', sending: { url: tokenEndpoint } }
    return [
      await forge(examination, 'forged-header', () => [plain(url)], every),
      await forge(examination, 'forged-beside-certificate', () => [
        { label: 'with a self-signed certificate', sending: { url, identity: stranger } },
      ]),
      hasOrdinaryHost(examination.found)
        ? await forge(examination, 'forged-ordinary-host', () => [ordinary], every)
        : skipped('forged-ordinary-host', 'there is one host'),
    ]
  },
}

const plain = (url: string): Vector => ({ label: 'without a certificate', sending: { url } })

/** The same under other names and spellings. */
export const forgedSpellings: Check = {
  says: 'forging headers in other spellings, paths and hosts',
  run: async (examination) => {
    const { mtlsTokenEndpoint: url } = examination.found
    return [
      await forge(examination, 'forged-spelling', () => [
        respelled(url, 'underscores', (name) => name.replaceAll('-', '_')),
        respelled(url, 'hyphens', (name) => name.replaceAll('_', '-').toLowerCase()),
        respelled(url, 'upper case', (name) => name.toUpperCase()),
      ]),
      await forge(examination, 'forged-duplicate', () => [
        { ...plain(url), label: 'twice', respell: (lines) => lines.flatMap((one) => [one, one]) },
        {
          ...plain(url),
          label: 'after an empty one',
          respell: (lines) => lines.flatMap((one) => [[one[0], ''] satisfies HeaderLine, one]),
        },
      ]),
      await forge(examination, 'forged-path', () => paths(url)),
      await forge(examination, 'forged-virtual-host', () => virtualHosts(examination.found)),
      await forge(examination, 'forged-endpoint', (partner) => others(examination, partner)),
    ]
  },
}

const respelled = (url: string, label: string, spell: (name: string) => string): Vector => ({
  ...plain(url),
  label,
  respell: (lines) => lines.map(([name, value]) => [spell(name), value]),
})

/** RFC 7662 section 2.1, RFC 7009 section 2.1: both authenticate the client before they look at the token. */
const others = ({ found }: Examination, { clientId }: Partner): Vector[] =>
  found.otherEndpoints.map((url) => ({
    label: new URL(url).pathname,
    sending: { url, form: { token: 'certbound-doctor', client_id: clientId } },
    believed: isDone,
  }))

const isDone = (exchanged: Exchanged): boolean =>
  exchanged.kind === 'answer' && exchanged.answer.status === 200

/** What only a hop or the edge says: its credential, and its evidence. */
export const forgedHops: Check = {
  says: "forging the hop's credential and the edge's evidence",
  run: async (examination) => {
    const { mtlsTokenEndpoint: url } = examination.found
    const with_ = (label: string, ...credential: HeaderLine[]): Vector => ({
      ...plain(url),
      label,
      respell: (lines) => [...credential, ...lines],
    })
    return [
      await forge(examination, 'forged-credential', () => [
        with_('a made-up credential', ['Certbound-Proxy-Credential', 'certbound-doctor']),
        with_('Proxy-Authorization', ['Proxy-Authorization', `Basic ${btoa('proxy:proxy')}`]),
      ]),
      await forge(examination, 'forged-edge', () => [plain(url)], edgeForgeries),
    ]
  },
}

/** As Cloudflare's edge hands evidence to workerd in development, and to origins. */
function edgeForgeries({ claimed }: Partner): Forgery[] {
  const base64 = Buffer.from(claimed.leaf).toString('base64')
  const tlsClientAuth = {
    ...{ certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0' },
    ...{ certRFC9440: `:${base64}:`, certRFC9440TooLarge: false },
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

/** Over plain HTTP, where somebody may forward what comes in. */
export const forgedOverHttp: Check = {
  says: 'forging headers over plain HTTP',
  async run(examination) {
    const { found } = examination
    const urls = [found.mtlsTokenEndpoint, found.tokenEndpoint]
    const plainUrls = [...new Set(urls.flatMap((url) => plainUrl(examination, url) ?? []))]
    if (plainUrls.length === 0) {
      return [
        skipped('forged-http', 'the port of the URL is not 443; give --resolve HOST:80:ADDRESS'),
      ]
    }
    const vectors = plainUrls.map((url) => ({ label: url, sending: { url } }))
    return [await forge(examination, 'forged-http', () => vectors)]
  },
}

/** Lines that are no header lines, which a terminator may pass on and the next one read as some. */
export const forgedFolded: Check = {
  says: 'forging malformed header lines',
  async run(examination) {
    if (!examination.smuggling) {
      return [
        skipped('forged-folded', 'only with --smuggling: never through a shared edge unasked'),
      ]
    }
    const { mtlsTokenEndpoint: url } = examination.found
    const written = (label: string, line: (name: string, value: string) => string): Vector => ({
      ...plain(url),
      label,
      raw: (lines) => lines.map(([name, value]) => line(name, value)),
    })
    return [
      await forge(examination, 'forged-folded', () => [
        // RFC 9112 section 5.2: a line that begins with a blank goes on where the last one ended.
        written('a folded value', (name, value) => `${name}:\r\n ${value}`),
        written('a line within a folded one', (name, value) => `X-Doctor: a\r\n ${name}: ${value}`),
        // Section 5.1: no blank before the colon.
        written('a blank before the colon', (name, value) => `${name} : ${value}`),
        // Section 2.2: a bare CR or LF may end a line for one of two readers.
        written('after a bare LF', (name, value) => `X-Doctor: a\n${name}: ${value}`),
        written('after a bare CR', (name, value) => `X-Doctor: a\r${name}: ${value}`),
        written('after a NUL', (name, value) => `X-Doctor: a\u0000\r\n${name}: ${value}`),
      ]),
    ]
  },
}
