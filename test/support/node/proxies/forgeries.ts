import {
  type HeaderSourceName,
  headerNames,
  headerSources,
} from '../../../../src/certificate/header-sources.ts'
import { toBase64 } from '../../../../src/encoding/base64.ts'
import type { Identity } from '../certificates.ts'
import type { Asking, BehindProxy } from './behind-proxy.ts'

/** An attempt to be the victim without its key: what is odd about the request. */
export type Attempt = readonly [name: string, odd: (to: BehindProxy) => Partial<Asking>]

/** How terminators write a certificate: whatever a forger could try, all of it right. */
const spellings = {
  percent: (pem: string) => encodeURIComponent(pem),
  line: (pem: string) => pem.trim().replaceAll('\n', ' '),
  base64: (pem: string) => pem.replace(/-----[A-Z ]+-----|\s/g, ''),
  sequence: (pem: string) => `:${spellings.base64(pem)}:`,
  forwarded: (pem: string) => `Hash=00;Cert="${encodeURIComponent(pem)}"`,
} as const

type Spelling = keyof typeof spellings

/** The spelling that the source of a name reads. */
function spellingOf(name: HeaderSourceName): Spelling {
  const { form } = headerSources[name]
  if (form.startsWith('RFC 9440')) return 'sequence'
  if (form.startsWith('percent')) return 'percent'
  if (form.startsWith('PEM')) return 'line'
  return form.startsWith('XFCC') ? 'forwarded' : 'base64'
}

/** A certificate as this deployment's terminator would write it. */
export const written = (to: BehindProxy, { cert }: Pick<Identity, 'cert'>): string =>
  spellings[spellingOf(to.program)](cert)

/** The victim's certificate under a name, as this deployment's terminator would write it. */
const forged = (to: BehindProxy, name: string): string =>
  `${name}: ${written(to, to.partners.victim)}`

/** The default name of every source, each with the form that its source reads. */
const everySource = (to: BehindProxy, rename: (name: string) => string): string[] =>
  (Object.keys(headerSources) as HeaderSourceName[]).flatMap((source) => {
    const name = headerNames(headerSources[source], null)?.leaf
    const write = spellings[spellingOf(source)]
    return name === undefined ? [] : [`${rename(name)}: ${write(to.partners.victim.cert)}`]
  })

const alternating = (name: string): string =>
  [...name].map((letter, i) => (i % 2 ? letter.toUpperCase() : letter.toLowerCase())).join('')

/** cf as Cloudflare would fill it, in the header that carries it in a simulator. */
const blob = ({ partners }: BehindProxy): string =>
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

/** A request behind another in one stream of octets. */
const hidden = (to: BehindProxy, inner: string): string =>
  inner.replace(/^(POST .*\r\n)/, `$1${forged(to, to.header)}\r\n`)

const own = ({ partners: { intruder } }: BehindProxy) => ({
  cert: intruder.cert,
  key: intruder.key,
})

/** What an intruder does to a request head that is written as it should be. */
const after = (request: string, line: string): string =>
  request.replace('\r\nContent-Type', `\r\n${line}\r\nContent-Type`)

/**
 * Forty ways to have a victim's certificate believed. Each knows the secret name of the header, which
 * a real intruder would not.
 */
export const attempts: readonly Attempt[] = [
  ['the header itself', (to) => ({ lines: [forged(to, to.header)] })],
  ['besides a certificate of its own', (to) => ({ ...own(to), lines: [forged(to, to.header)] })],
  ['in lower case', (to) => ({ lines: [forged(to, to.header.toLowerCase())] })],
  ['in upper case', (to) => ({ lines: [forged(to, to.header.toUpperCase())] })],
  ['in mixed case', (to) => ({ ...own(to), lines: [forged(to, alternating(to.header))] })],
  ['with an underscore', (to) => ({ lines: [forged(to, to.header.replace('-', '_'))] })],
  [
    'with an underscore, besides its own',
    (to) => ({ ...own(to), lines: [forged(to, to.header.replace('-', '_').toUpperCase())] }),
  ],
  ['twice', (to) => ({ lines: [forged(to, to.header), forged(to, to.header)] })],
  ['twice, besides its own', (to) => ({ ...own(to), lines: Array(2).fill(forged(to, to.header)) })],
  [
    'with a credential of its own',
    (to) => ({
      lines: [forged(to, to.header), `Certbound-Proxy-Credential: ${'A'.repeat(43)}`],
    }),
  ],
  [
    'with the credential, had it leaked',
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
  ['by every name of a source', (to) => ({ lines: everySource(to, (name) => name) })],
  [
    'by every name with underscores, besides its own',
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
        `Client-Cert: ${spellings.sequence(to.partners.victim.cert)}`,
        `Client-Cert-Chain: ${spellings.sequence(to.partners.intermediate.cert)}`,
      ],
    }),
  ],
  [
    'XFCC',
    (to) => ({
      lines: [`X-Forwarded-Client-Cert: ${spellings.forwarded(to.partners.victim.cert)}`],
    }),
  ],
  ['the blob of the simulator', (to) => ({ lines: [`MF-CF-Blob: ${blob(to)}`] })],
  ['the blob with underscores', (to) => ({ ...own(to), lines: [`mf_cf_blob: ${blob(to)}`] })],
  [
    'what the edge can add',
    (to) => ({
      lines: [
        `Cf-Client-Cert-Der-Base64: ${spellings.base64(to.partners.victim.cert)}`,
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
  ['on a path with a slash more', (to) => ({ target: '//token', lines: [forged(to, to.header)] })],
  ['on a path with dots', (to) => ({ target: '/x/../token', lines: [forged(to, to.header)] })],
  ['on an escaped path', (to) => ({ target: '/%74oken', lines: [forged(to, to.header)] })],
  ['on a path that is not', (to) => ({ target: '/nowhere', lines: [forged(to, to.header)] })],
  ['with a query', (to) => ({ target: '/token?', lines: [forged(to, to.header)] })],
  [
    'on an absolute target',
    (to) => ({
      target: `https://localhost:${to.proxy.port}/token`,
      lines: [forged(to, to.header)],
    }),
  ],
  ['in the name of another host', (to) => ({ host: 'a.test', lines: [forged(to, to.header)] })],
  [
    "in the name of the Worker's host",
    (to) => ({ host: new URL(to.edge.mtlsOrigin).host, lines: [forged(to, to.header)] }),
  ],
  [
    'after a handshake for another host',
    (to) => ({ servername: 'a.test', lines: [forged(to, to.header)] }),
  ],
  ['after a handshake for no host', (to) => ({ servername: null, lines: [forged(to, to.header)] })],
  [
    'with the header named as one of the connection',
    (to) => ({
      ...own(to),
      lines: [`Connection: close, ${to.header}`, forged(to, to.header.replace('-', '_'))],
    }),
  ],
  [
    'folded onto the line before',
    (to) => ({ text: (request) => after(request, `X-Mine: a\r\n ${forged(to, to.header)}`) }),
  ],
  [
    'behind a bare line feed',
    (to) => ({ text: (request) => after(request, `X-Mine: a\n${forged(to, to.header)}`) }),
  ],
  [
    'behind a bare carriage return',
    (to) => ({ text: (request) => after(request, `X-Mine: a\r${forged(to, to.header)}`) }),
  ],
  ['with a blank before the colon', (to) => ({ lines: [forged(to, `${to.header} `)] })],
  ['with a tab before the colon', (to) => ({ lines: [forged(to, `${to.header}\t`)] })],
  [
    'in HTTP/1.0',
    (to) => ({
      text: (request) => after(request, forged(to, to.header)).replace('HTTP/1.1', 'HTTP/1.0'),
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
    'in a request hidden in a body',
    (to) => ({
      text: (request) =>
        `POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden(to, request)}`,
    }),
  ],
  [
    'in a second request of a connection',
    (to) => ({
      ...own(to),
      text: (request) =>
        `GET /health HTTP/1.1\r\nHost: localhost:${to.proxy.port}\r\n\r\n${hidden(to, request)}`,
    }),
  ],
]
