import { areDistinctHeaders, isCustomHeaderName } from '../../certificate/header-names.ts'
import { isProbablyRandom } from '../../certificate/random-text.ts'
import { defaultCredentialHeader, isBasic } from '../../certificate/source-settings.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { addressHeader, type Credential, type ProxySettings } from '../../terminators/terminator.ts'
import type { Options, OptionValues } from '../command.ts'
import { newHeaderName, newProxyCredential } from './secrets.ts'

/** The values of a configuration. Each has a default, which can be edited afterwards. */
export const proxyOptions = {
  upstream: { value: 'URL', help: "the Worker's own origin (default https://as.example.com)" },
  'public-host': {
    value: 'HOST',
    help: 'the host name that partners connect to (default mtls.example.com)',
  },
  listen: { value: '[ADDR:]PORT', help: 'where the proxy listens (default 443)' },
  'header-name': {
    value: 'NAME',
    help: "the certificate's header: CERTIFICATE_HEADER (default: a new one)",
  },
  credential: { value: 'SECRET', help: "the Worker's PROXY_CREDENTIAL (default: a new one)" },
  'credential-header': { value: 'NAME', help: `its header (default ${defaultCredentialHeader})` },
  certificate: { value: 'PATH', help: "the proxy's own certificate and chain" },
  key: { value: 'PATH', help: 'its key' },
  'upstream-ca': { value: 'PATH', help: "CAs of the Worker's certificate (default: the system's)" },
  'hop-certificate': {
    value: 'PATH',
    help: 'what the proxy presents at the Worker, for PROXY_CERTIFICATES',
  },
  'hop-key': { value: 'PATH', help: 'its key' },
} as const satisfies Options

/**
 * Validates the options, and makes the secrets that were not given. A text that would need quoting in a
 * configuration is refused, not escaped.
 * @returns the settings, or a sentence about the problem
 */
export function proxySettings(
  options: OptionValues<typeof proxyOptions>,
): Result<ProxySettings, string> {
  const upstream = upstreamOf(options.upstream ?? 'https://as.example.com')
  if (!upstream.ok) return upstream
  const publicHost = options['public-host'] ?? 'mtls.example.com'
  if (!isHost(publicHost)) return err(`--public-host: ${publicHost} is not a host name`)
  const listen = listenOf(options.listen ?? '443')
  if (!listen.ok) return listen
  const header = options['header-name'] ?? newHeaderName()
  // Some terminators accept at most 100 characters; the Worker refuses names that could be guessed.
  if (!/^[A-Za-z][A-Za-z0-9-]{31,99}$/.test(header) || !isProbablyRandom(header)) {
    return err(
      '--header-name: want 32 to 100 letters, digits and hyphens with a long random part; or leave it out',
    )
  }
  const credential = credentialOf(options.credential, options['credential-header'])
  if (!credential.ok) return credential
  if (!areDistinctHeaders(header, [credential.value.header, addressHeader])) {
    return err(
      `--header-name, its chain, --credential-header and ${addressHeader}: want four different names`,
    )
  }
  const files = filesOf(options)
  if (!files.ok) return files
  return ok({
    publicHost,
    header,
    upstream: upstream.value,
    listen: listen.value,
    credential: credential.value,
    files: files.value,
  })
}

/** RFC 1123 section 2.1, in lower case. */
const isHost = (text: string): boolean =>
  text.length < 254 &&
  text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))

function upstreamOf(text: string): Result<ProxySettings['upstream'], string> {
  const url = URL.canParse(text) ? new URL(text) : null
  // RFC 9440 section 4: do not forward the certificate in clear text.
  if (url?.protocol !== 'https:' || url.origin !== text || !isHost(url.hostname)) {
    return err('--upstream: want https://HOST or https://HOST:PORT, in lower case, without a path')
  }
  return ok({ host: url.hostname, port: url.port === '' ? 443 : Number(url.port) })
}

function listenOf(text: string): Result<ProxySettings['listen'], string> {
  const [, address = null, port] = /^(?:([0-9.]+|\[[0-9a-f:]+\]):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    return err('--listen: want PORT, or ADDRESS:PORT with an IPv6 address in brackets')
  }
  return ok({ address, port: Number(port) })
}

function credentialOf(
  given: string | undefined,
  name: string | undefined,
): Result<Credential, string> {
  const header = name ?? defaultCredentialHeader
  if (!isCustomHeaderName(header)) {
    return err(
      '--credential-header: want the name of a header that means nothing else: letters, digits and hyphens',
    )
  }
  const basic = isBasic(header)
  const secret = given ?? (basic ? `certbound:${newProxyCredential()}` : newProxyCredential())
  if (!/^[\w.~:+/=-]{32,512}$/.test(secret) || !isProbablyRandom(secret)) {
    return err(
      '--credential: want 32 to 512 letters, digits and any of . _ ~ : + / = - with a long random part',
    )
  }
  if (basic && !secret.includes(':')) return err('--credential: for HTTP Basic want user:password')
  return ok({ header, secret })
}

function filesOf(
  options: OptionValues<typeof proxyOptions>,
): Result<ProxySettings['files'], string> {
  const { certificate = '/etc/certbound/server.pem', key = '/etc/certbound/server.key' } = options
  const upstreamCas = options['upstream-ca'] ?? null
  const hopCertificate = options['hop-certificate']
  const hopKey = options['hop-key']
  if ((hopCertificate === undefined) !== (hopKey === undefined)) {
    return err('--hop-certificate and --hop-key go together')
  }
  const proxyCertificate =
    hopCertificate === undefined || hopKey === undefined
      ? null
      : { certificate: hopCertificate, key: hopKey }
  const paths = [certificate, key, upstreamCas, hopCertificate, hopKey]
  // Other characters have a meaning in one of the configuration languages.
  const unsafe = paths.find((path) => typeof path === 'string' && !/^[\w./@+:-]+$/.test(path))
  if (unsafe !== undefined) {
    return err(`${unsafe}: want a path of letters, digits and . _ / @ + : - only`)
  }
  return ok({ certificate, key, upstreamCas, proxyCertificate })
}
