import type { ChainForm, LeafForm } from './header-forms.ts'

/** What is known of a TLS terminator that writes certificates into headers. */
export type HeaderSource = {
  /** The default header of the leaf; null if the operator must choose a name. */
  readonly header: string | null
  /** The default header of the chain; null if the source reads none. */
  readonly chainHeader: string | null
  readonly form: LeafForm
  readonly chainForm: ChainForm | null
  /** Values that mean "no certificate". A missing header always means that. */
  readonly absent: readonly string[]
  /** Whether the terminator lets the operator choose the header's name. */
  readonly mayChooseHeader: boolean
  /** The evidence for the form. */
  readonly verified: 'real program' | 'recorded value' | 'vendor source' | 'vendor description'
}

/** Describes a source; by default it has no chain header, and the operator may rename its header. */
const source = (
  header: string | null,
  form: LeafForm,
  more: Partial<HeaderSource> = {},
): HeaderSource => ({
  header,
  chainHeader: null,
  form,
  chainForm: null,
  absent: [],
  mayChooseHeader: true,
  verified: 'vendor description',
  ...more,
})

const rfc9440 = (more: Partial<HeaderSource>): HeaderSource =>
  source('Client-Cert', 'RFC 9440 byte sequence', {
    chainHeader: 'Client-Cert-Chain',
    chainForm: 'RFC 9440 list',
    ...more,
  })

/** Caddy before 2.11.2 sends the name of its placeholder if there is no certificate. */
const caddyPlaceholder = '{http.request.tls.client.certificate_der_base64}'

/** Every source that reads a header, by its name in CERTIFICATE_SOURCE. See docs/terminators.md. */
export const headerSources = {
  rfc9440: rfc9440({ verified: 'recorded value' }),
  nginx: source('X-Client-Cert', 'percent-encoded PEM', { verified: 'real program' }),
  'ingress-nginx': source('ssl-client-cert', 'percent-encoded PEM', { mayChooseHeader: false }),
  apache: source('X-Client-Cert', 'PEM on one line', {
    chainHeader: 'X-Client-Cert-Chain',
    chainForm: 'PEM on one line or (null)',
    absent: ['', '(null)'],
    verified: 'real program',
  }),
  haproxy: source('X-Client-Cert', 'base64 of DER', {
    chainHeader: 'X-Client-Cert-Chain',
    chainForm: 'base64 of concatenated DER',
    absent: [''],
    verified: 'real program',
  }),
  envoy: source('x-forwarded-client-cert', 'XFCC text', {
    mayChooseHeader: false,
    verified: 'recorded value',
  }),
  traefik: source('X-Forwarded-Tls-Client-Cert', 'base64 of DER, comma list, leaf first', {
    mayChooseHeader: false,
    verified: 'vendor source',
  }),
  caddy: source('X-Client-Cert', 'base64 of DER', {
    absent: ['', caddyPlaceholder],
    verified: 'real program',
  }),
  kong: source('X-Client-Cert', 'percent-encoded PEM'),
  'aws-alb': source('X-Amzn-Mtls-Clientcert', 'percent-encoded PEM, leaf first'),
  'aws-alb-verify': source('X-Amzn-Mtls-Clientcert-Leaf', 'percent-encoded PEM'),
  cloudfront: source('CloudFront-Viewer-Cert-Pem', 'percent-encoded PEM', {
    mayChooseHeader: false,
  }),
  'cloudfront-passthrough': rfc9440({ mayChooseHeader: false }),
  gcp: rfc9440({ absent: [''] }),
  'azure-app-service': source('X-ARR-ClientCert', 'base64 of DER', { mayChooseHeader: false }),
  'azure-application-gateway': source('X-Client-Cert', 'percent-encoded PEM', {
    absent: [''],
    verified: 'recorded value',
  }),
  'iis-arr': source('X-ARR-ClientCert', 'base64 of DER'),
  yarp: source('X-Client-Cert', 'base64 of DER', { verified: 'vendor source' }),
  akamai: source('AKAMAI-CC-DER', 'RFC 9440 byte sequence', { mayChooseHeader: false }),
  fastly: source('X-Client-Cert', 'base64 of DER or of PEM', { absent: [''] }),
  f5: source('X-Client-Cert', 'base64 of DER', { absent: [''] }),
  tomcat: source('ssl_client_cert', 'PEM on one line', { absent: ['', '(null)'] }),
  pem: source('X-Client-Cert', 'PEM on one line, percent-encoded or not, leaf first', {
    verified: 'recorded value',
  }),
  der: source('X-Client-Cert', 'base64 of DER', { verified: 'recorded value' }),
  connect2id: source(null, 'PEM on one line, percent-encoded or not', {
    verified: 'recorded value',
  }),
  wso2: source('x-wso2-mtls-cert', 'PEM on one line', { verified: 'vendor source' }),
  identityserver: source('X-SSL-CERT', 'percent-encoded PEM'),
  curity: source('X-Client-SSL-Cert', 'percent-encoded PEM'),
} as const satisfies Readonly<Record<string, HeaderSource>>

/** The name of a source that reads a header. */
export type HeaderSourceName = keyof typeof headerSources

/** Every {@link HeaderSourceName}. Object.keys has no narrower type than text. */
export const headerSourceNames = Object.keys(headerSources) as readonly HeaderSourceName[]

/**
 * The names of the headers that a source reads.
 * @param header the configured name of the leaf's header, or null for the default; the chain's header
 *   then is `${header}-Chain`
 * @returns null if the source has no default and no name is configured
 */
export function headerNames(
  source: HeaderSource,
  header: string | null,
): { readonly leaf: string; readonly chain: string | null } | null {
  const leaf = header ?? source.header
  if (leaf === null) return null
  return {
    leaf,
    chain: header === null || source.chainHeader === null ? source.chainHeader : `${header}-Chain`,
  }
}
