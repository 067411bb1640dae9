import type { ChainForm, LeafForm } from './header-forms.ts'

/** Every source that reads a header, by the name that CERTIFICATE_SOURCE takes. */
export const headerSourceNames = [
  ...(['rfc9440', 'nginx', 'ingress-nginx', 'apache', 'haproxy', 'envoy', 'traefik'] as const),
  ...(['caddy', 'kong', 'aws-alb', 'aws-alb-verify', 'cloudfront'] as const),
  ...(['cloudfront-passthrough', 'gcp', 'azure-app-service', 'azure-application-gateway'] as const),
  ...(['iis-arr', 'yarp', 'akamai', 'fastly', 'f5', 'tomcat', 'pem', 'der'] as const),
  ...(['connect2id', 'wso2', 'identityserver', 'curity'] as const),
] as const

/** One of {@link headerSourceNames}. */
export type HeaderSourceName = (typeof headerSourceNames)[number]

/** What is documented of a source. */
export type HeaderSourceDescription = {
  /** The leaf's header by default; null where the convention is that the operator makes one up. */
  readonly header: string | null
  /** The chain's header by default; null where none is read. */
  readonly chainHeader: string | null
  /** How the leaf's header is written. */
  readonly form: LeafForm
  /** How the chain's header is written. */
  readonly chainForm: ChainForm | null
  readonly conveys: 'leaf' | 'leaf-and-chain'
  /** Values by which the terminator says that there is no certificate, besides sending no header. */
  readonly absent: readonly string[]
  /** Whether the terminator lets the operator name the header. */
  readonly mayChooseHeader: boolean
  /** What the form is known from. */
  readonly verified: 'real program' | 'recorded value' | 'vendor source' | 'vendor description'
}

const leafOnly = { chainHeader: null, chainForm: null, conveys: 'leaf' } as const
const leafFirst = { chainHeader: null, chainForm: null, conveys: 'leaf-and-chain' } as const
const rfc9440 = {
  header: 'Client-Cert',
  chainHeader: 'Client-Cert-Chain',
  form: 'RFC 9440 byte sequence',
  chainForm: 'RFC 9440 list',
  conveys: 'leaf-and-chain',
} as const
const chosen = { mayChooseHeader: true } as const
const fixed = { mayChooseHeader: false } as const

/** Nothing but the header's absence says that there is no certificate. */
const strict = { absent: [] } as const
const empty = { absent: [''] } as const
const orNull = { absent: ['', '(null)'] } as const

const seen = { verified: 'real program' } as const
const recorded = { verified: 'recorded value' } as const
const source = { verified: 'vendor source' } as const
const described = { verified: 'vendor description' } as const

const percentPem = { form: 'percent-encoded PEM', ...leafOnly } as const
const percentPemChain = { form: 'percent-encoded PEM, leaf first', ...leafFirst } as const
const base64Der = { form: 'base64 of DER', ...leafOnly } as const

/** Caddy before 2.11.2 hands over the placeholder itself where there is no certificate. */
const caddyPlaceholder = '{http.request.tls.client.certificate_der_base64}'

/** The sources; docs/certificate-sources.md tells the terminators' traps. */
export const headerSources: Readonly<Record<HeaderSourceName, HeaderSourceDescription>> = {
  rfc9440: { ...rfc9440, ...chosen, ...strict, ...recorded },
  nginx: { header: 'X-Client-Cert', ...percentPem, ...chosen, ...strict, ...seen },
  'ingress-nginx': { header: 'ssl-client-cert', ...percentPem, ...fixed, ...strict, ...described },
  apache: {
    header: 'X-Client-Cert',
    chainHeader: 'X-Client-Cert-Chain',
    form: 'PEM on one line',
    chainForm: 'PEM on one line or (null)',
    ...{ conveys: 'leaf-and-chain', ...chosen, ...orNull, ...seen },
  },
  haproxy: {
    header: 'X-Client-Cert',
    chainHeader: 'X-Client-Cert-Chain',
    form: 'base64 of DER',
    chainForm: 'base64 of concatenated DER',
    ...{ conveys: 'leaf-and-chain', ...chosen, ...empty, ...seen },
  },
  envoy: {
    ...{ header: 'x-forwarded-client-cert', form: 'XFCC text', ...leafFirst },
    ...{ ...fixed, ...strict, ...recorded },
  },
  traefik: {
    header: 'X-Forwarded-Tls-Client-Cert',
    form: 'base64 of DER, comma list, leaf first',
    ...{ ...leafFirst, ...fixed, ...strict, ...source },
  },
  caddy: {
    ...{ header: 'X-Client-Cert', ...base64Der, ...chosen },
    ...{ absent: ['', caddyPlaceholder], ...seen },
  },
  kong: { header: 'X-Client-Cert', ...percentPem, ...chosen, ...strict, ...described },
  'aws-alb': {
    ...{ header: 'X-Amzn-Mtls-Clientcert', ...percentPemChain },
    ...{ ...chosen, ...strict, ...described },
  },
  'aws-alb-verify': {
    ...{ header: 'X-Amzn-Mtls-Clientcert-Leaf', ...percentPem },
    ...{ ...chosen, ...strict, ...described },
  },
  cloudfront: {
    ...{ header: 'CloudFront-Viewer-Cert-Pem', ...percentPem },
    ...{ ...fixed, ...strict, ...described },
  },
  'cloudfront-passthrough': { ...rfc9440, ...fixed, ...strict, ...described },
  gcp: { ...rfc9440, ...chosen, ...empty, ...described },
  'azure-app-service': {
    ...{ header: 'X-ARR-ClientCert', ...base64Der },
    ...{ ...fixed, ...strict, ...described },
  },
  'azure-application-gateway': {
    ...{ header: 'X-Client-Cert', ...percentPem },
    ...{ ...chosen, ...empty, ...recorded },
  },
  'iis-arr': { header: 'X-ARR-ClientCert', ...base64Der, ...chosen, ...strict, ...described },
  yarp: { header: 'X-Client-Cert', ...base64Der, ...chosen, ...strict, ...source },
  akamai: {
    ...{ header: 'AKAMAI-CC-DER', form: 'RFC 9440 byte sequence', ...leafOnly },
    ...{ ...fixed, ...strict, ...described },
  },
  fastly: {
    ...{ header: 'X-Client-Cert', form: 'base64 of DER or of PEM', ...leafOnly },
    ...{ ...chosen, ...empty, ...described },
  },
  f5: { header: 'X-Client-Cert', ...base64Der, ...chosen, ...empty, ...described },
  tomcat: {
    ...{ header: 'ssl_client_cert', form: 'PEM on one line', ...leafOnly },
    ...{ ...chosen, ...orNull, ...described },
  },
  pem: {
    header: 'X-Client-Cert',
    form: 'PEM on one line, percent-encoded or not, leaf first',
    ...{ ...leafFirst, ...chosen, ...strict, ...recorded },
  },
  der: { header: 'X-Client-Cert', ...base64Der, ...chosen, ...strict, ...recorded },
  connect2id: {
    ...{ header: null, form: 'PEM on one line, percent-encoded or not', ...leafOnly },
    ...{ ...chosen, ...strict, ...recorded },
  },
  wso2: {
    ...{ header: 'x-wso2-mtls-cert', form: 'PEM on one line', ...leafOnly },
    ...{ ...chosen, ...strict, ...source },
  },
  identityserver: { header: 'X-SSL-CERT', ...percentPem, ...chosen, ...strict, ...described },
  curity: { header: 'X-Client-SSL-Cert', ...percentPem, ...chosen, ...strict, ...described },
}
