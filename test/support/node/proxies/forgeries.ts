import {
  type HeaderSourceName,
  headerNames,
  headerSources,
} from '../../../../src/certificate/header-sources.ts'
import { toBase64 } from '../../../../src/encoding/base64.ts'
import type { Identity } from '../certificates.ts'
import type { BehindProxy, ProxyRequest } from './behind-proxy.ts'

/** An attempt to be taken for the victim without its key: how the request differs. */
export type Attempt = readonly [name: string, change: (to: BehindProxy) => Partial<ProxyRequest>]

/** The forms in which terminators write a certificate. All are correct. */
const forms = {
  percent: (pem: string) => encodeURIComponent(pem),
  line: (pem: string) => pem.trim().replaceAll('\n', ' '),
  base64: (pem: string) => pem.replace(/-----[A-Z ]+-----|\s/g, ''),
  sequence: (pem: string) => `:${forms.base64(pem)}:`,
  forwarded: (pem: string) => `Hash=00;Cert="${encodeURIComponent(pem)}"`,
} as const

type Form = keyof typeof forms

/** The form that a source reads. */
function formOf(name: HeaderSourceName): Form {
  const { form } = headerSources[name]
  if (form.startsWith('RFC 9440')) return 'sequence'
  if (form.startsWith('percent')) return 'percent'
  if (form.startsWith('PEM')) return 'line'
  return form.startsWith('XFCC') ? 'forwarded' : 'base64'
}

/** A certificate in the form of this deployment's terminator. */
export const written = (to: BehindProxy, { cert }: Pick<Identity, 'cert'>): string =>
  forms[formOf(to.program)](cert)

/** A header line with the victim's certificate in the form of this deployment's terminator. */
const forged = (to: BehindProxy, name: string): string =>
  `${name}: ${written(to, to.partners.victim)}`

/** A header line for every source, under its default name and in its form. */
const everySource = (to: BehindProxy, rename: (name: string) => string): string[] =>
  (Object.keys(headerSources) as HeaderSourceName[]).flatMap((source) => {
    const name = headerNames(headerSources[source], null)?.leaf
    const write = forms[formOf(source)]
    return name === undefined ? [] : [`${rename(name)}: ${write(to.partners.victim.cert)}`]
  })

const alternating = (name: string): string =>
  [...name].map((letter, i) => (i % 2 ? letter.toUpperCase() : letter.toLowerCase())).join('')

/** `request.cf` as Cloudflare fills it, as the value of the simulator's header. */
const cfHeader = ({ partners }: BehindProxy): string =>
  JSON.stringify({
    tlsVersion: 'TLSv1.3',
    tlsClientAuth: {
      certPresented: '1',
      certVerified: 'SUCCESS',
      certRevoked: '0',
      certRFC9440: `:${toBase64(partners.victim.der)}:`,
      certRFC9440TooLarge: false,
    },
  })

/** A second request in the same stream of octets (request smuggling). */
const smuggled = (to: BehindProxy, inner: string): string =>
  inner.replace(/^(POST .*\r\n)/, `$1${forged(to, to.header)}\r\n`)

const own = ({ partners: { attacker } }: BehindProxy) => ({
  cert: attacker.cert,
  key: attacker.key,
})

/** Inserts a line into the head of a correct request. */
const withLine = (request: string, line: string): string =>
  request.replace('\r\nContent-Type', `\r\n${line}\r\nContent-Type`)

/**
 * Forty ways to have the victim's certificate accepted. Each knows the secret name of the header, unlike
 * a real attacker.
 */
export const attempts: readonly Attempt[] = [
  ['the header itself', (to) => ({ lines: [forged(to, to.header)] })],
  ['in addition to an own certificate', (to) => ({ ...own(to), lines: [forged(to, to.header)] })],
  ['in lower case', (to) => ({ lines: [forged(to, to.header.toLowerCase())] })],
  ['in upper case', (to) => ({ lines: [forged(to, to.header.toUpperCase())] })],
  ['in mixed case', (to) => ({ ...own(to), lines: [forged(to, alternating(to.header))] })],
  ['with an underscore', (to) => ({ lines: [forged(to, to.header.replace('-', '_'))] })],
  [
    'with an underscore, in addition to an own certificate',
    (to) => ({ ...own(to), lines: [forged(to, to.header.replace('-', '_').toUpperCase())] }),
  ],
  ['twice', (to) => ({ lines: [forged(to, to.header), forged(to, to.header)] })],
  [
    'twice, in addition to an own certificate',
    (to) => ({ ...own(to), lines: Array(2).fill(forged(to, to.header)) }),
  ],
  [
    'with a wrong credential',
    (to) => ({
      lines: [forged(to, to.header), `Certbound-Proxy-Credential: ${'A'.repeat(43)}`],
    }),
  ],
  [
    'with a leaked credential',
    (to) => ({
      lines: [forged(to, to.header), `Certbound-Proxy-Credential: ${to.credential}`],
    }),
  ],
  [
    'with the credential in an underscore',
    (to) => ({
      lines: [
        forged(to, to.header.replace('-', '_')),
        `Certbound_Proxy_Credential: ${to.credential}`,
      ],
    }),
  ],
  ['by the name of every source', (to) => ({ lines: everySource(to, (name) => name) })],
  [
    'by every name with underscores, in addition to an own certificate',
    (to) => ({ ...own(to), lines: everySource(to, (name) => name.replaceAll('-', '_')) }),
  ],
  [
    'by every name in upper case',
    (to) => ({ lines: everySource(to, (name) => name.toUpperCase()) }),
  ],
  [
    'RFC 9440 with a chain',
    (to) => ({
      ...own(to),
      lines: [
        `Client-Cert: ${forms.sequence(to.partners.victim.cert)}`,
        `Client-Cert-Chain: ${forms.sequence(to.partners.intermediate.cert)}`,
      ],
    }),
  ],
  [
    'XFCC',
    (to) => ({
      lines: [`X-Forwarded-Client-Cert: ${forms.forwarded(to.partners.victim.cert)}`],
    }),
  ],
  ['the cf header of the simulator', (to) => ({ lines: [`MF-CF-Blob: ${cfHeader(to)}`] })],
  [
    'the cf header with underscores',
    (to) => ({ ...own(to), lines: [`mf_cf_blob: ${cfHeader(to)}`] }),
  ],
  [
    'the headers that the edge can add',
    (to) => ({
      lines: [
        `Cf-Client-Cert-Der-Base64: ${forms.base64(to.partners.victim.cert)}`,
        'Cf-Cert-Presented: true',
        'Cf-Cert-Verified: true',
        'Cf-Cert-Revoked: false',
      ],
    }),
  ],
  [
    'as the chain of its own certificate',
    (to) => ({ ...own(to), lines: [forged(to, `${to.header}-Chain`)] }),
  ],
  ['as a chain without a leaf', (to) => ({ lines: [forged(to, `${to.header}-Chain`)] })],
  ['on a path with two slashes', (to) => ({ target: '//token', lines: [forged(to, to.header)] })],
  ['on a path with dots', (to) => ({ target: '/x/../token', lines: [forged(to, to.header)] })],
  ['on an escaped path', (to) => ({ target: '/%74oken', lines: [forged(to, to.header)] })],
  ['on an unknown path', (to) => ({ target: '/nowhere', lines: [forged(to, to.header)] })],
  ['with a query', (to) => ({ target: '/token?', lines: [forged(to, to.header)] })],
  [
    'on an absolute target',
    (to) => ({
      target: `https://localhost:${to.proxy.port}/token`,
      lines: [forged(to, to.header)],
    }),
  ],
  ['with the Host of another host', (to) => ({ host: 'a.test', lines: [forged(to, to.header)] })],
  [
    "with the Host of the Worker's host",
    (to) => ({ host: new URL(to.edge.mtlsOrigin).host, lines: [forged(to, to.header)] }),
  ],
  [
    'with another server name in the handshake',
    (to) => ({ servername: 'a.test', lines: [forged(to, to.header)] }),
  ],
  [
    'without a server name in the handshake',
    (to) => ({ servername: null, lines: [forged(to, to.header)] }),
  ],
  [
    'with the header named in Connection',
    (to) => ({
      ...own(to),
      lines: [`Connection: close, ${to.header}`, forged(to, to.header.replace('-', '_'))],
    }),
  ],
  [
    'folded onto the previous line',
    (to) => ({ text: (request) => withLine(request, `X-Mine: a\r\n ${forged(to, to.header)}`) }),
  ],
  [
    'after a bare line feed',
    (to) => ({ text: (request) => withLine(request, `X-Mine: a\n${forged(to, to.header)}`) }),
  ],
  [
    'after a bare carriage return',
    (to) => ({ text: (request) => withLine(request, `X-Mine: a\r${forged(to, to.header)}`) }),
  ],
  ['with a space before the colon', (to) => ({ lines: [forged(to, `${to.header} `)] })],
  ['with a tab before the colon', (to) => ({ lines: [forged(to, `${to.header}\t`)] })],
  [
    'in HTTP/1.0',
    (to) => ({
      text: (request) => withLine(request, forged(to, to.header)).replace('HTTP/1.1', 'HTTP/1.0'),
    }),
  ],
  [
    'in a trailer',
    (to) => ({
      text: (request) => {
        const [head = '', body = ''] = request.split('\r\n\r\n')
        const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')
        const size = body.length.toString(16)
        return `${chunked}\r\n\r\n${size}\r\n${body}\r\n0\r\n${forged(to, to.header)}\r\n\r\n`
      },
    }),
  ],
  [
    'in a request smuggled in a body',
    (to) => ({
      text: (request) =>
        `POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled(to, request)}`,
    }),
  ],
  [
    'in a second request of a connection',
    (to) => ({
      ...own(to),
      text: (request) =>
        `GET /health HTTP/1.1\r\nHost: localhost:${to.proxy.port}\r\n\r\n${smuggled(to, request)}`,
    }),
  ],
]
