import type { HeaderSourceName } from '../../../src/certificate/header-sources.ts'
import { toBase64 } from '../../../src/encoding/base64.ts'
import { type Bytes, utf8 } from '../../../src/encoding/bytes.ts'
import { derToPem } from '../../../src/encoding/pem.ts'

/** A terminator's header values: the leaf's, and the chain's if it has its own header. */
export type Written = { readonly leaf: string; readonly chain: string | null }

type Writer = (leaf: Bytes, chain: readonly Bytes[]) => Written

const leafHeader = (write: (leaf: Bytes, chain: readonly Bytes[]) => string): Writer => {
  return (leaf, chain) => ({ leaf: write(leaf, chain), chain: null })
}

const all = (leaf: Bytes, chain: readonly Bytes[]): Bytes[] => [leaf, ...chain]
const pems = (certificates: readonly Bytes[]): string => certificates.map(derToPem).join('')
const joined = (certificates: readonly Bytes[]): Bytes =>
  Uint8Array.from(certificates.flatMap((der) => [...der]))
const sequence = (der: Bytes): string => `:${toBase64(der)}:`

/** nginx escapes all but unreserved characters, in upper case. */
const escaped = (pem: string): string => encodeURIComponent(pem)

/** AWS: "with +=/ as safe characters". */
const escapedByAws = (pem: string): string =>
  escaped(pem).replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=')

/** Apache's %{SSL_CLIENT_CERT}s: a space for each line feed, the last one too. */
const onOneLine = (pem: string): string => pem.replaceAll('\n', ' ')

const nginx = leafHeader((leaf) => escaped(derToPem(leaf)))
const der = leafHeader((leaf) => toBase64(leaf))
const rfc9440: Writer = (leaf, chain) => ({
  leaf: sequence(leaf),
  chain: chain.length === 0 ? null : chain.map(sequence).join(', '),
})
const aws = leafHeader((leaf, chain) => escapedByAws(pems(all(leaf, chain))))

const xfcc = leafHeader((leaf, chain) => {
  const [cert, both] = [escaped(derToPem(leaf)), escaped(pems(all(leaf, chain)))]
  const hash = 'a0a20446f4cd0b1b8b7c9c2f8a3d0b1b8b7c9c2f8a3d0b1b8b7c9c2f8a3d0b1b'
  return `Hash=${hash};Cert="${cert}";Chain="${both}";Subject="CN=leaf,O=\\"A, B\\""`
})

/** The exact form in which each terminator writes its headers. */
export const headerWriters: Readonly<Record<HeaderSourceName, Writer>> = {
  rfc9440,
  nginx,
  'ingress-nginx': nginx,
  apache: (leaf, chain) => ({
    leaf: onOneLine(derToPem(leaf)),
    // "%{SSL_CLIENT_CERT_CHAIN_0}s %{SSL_CLIENT_CERT_CHAIN_1}s %{SSL_CLIENT_CERT_CHAIN_2}s"
    chain: [0, 1, 2].map((i) => (chain[i] ? onOneLine(derToPem(chain[i])) : '(null)')).join(' '),
  }),
  haproxy: (leaf, chain) => ({ leaf: toBase64(leaf), chain: toBase64(joined(chain)) }),
  envoy: xfcc,
  traefik: leafHeader((leaf, chain) => all(leaf, chain).map(toBase64).join(',')),
  caddy: der,
  kong: nginx,
  'aws-alb': aws,
  'aws-alb-verify': leafHeader((leaf) => escapedByAws(derToPem(leaf))),
  cloudfront: nginx,
  'cloudfront-passthrough': rfc9440,
  gcp: rfc9440,
  'azure-app-service': der,
  'azure-application-gateway': nginx,
  'iis-arr': der,
  yarp: der,
  akamai: leafHeader(sequence),
  fastly: leafHeader((leaf) => toBase64(utf8(derToPem(leaf)))),
  f5: der,
  tomcat: leafHeader((leaf) => onOneLine(derToPem(leaf))),
  pem: leafHeader((leaf, chain) => onOneLine(pems(all(leaf, chain)))),
  der,
  connect2id: leafHeader((leaf) => derToPem(leaf).replaceAll('\n', '')),
  wso2: leafHeader((leaf) => derToPem(leaf).replaceAll('\n', '')),
  identityserver: nginx,
  curity: nginx,
}
