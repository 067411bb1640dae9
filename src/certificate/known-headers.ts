import { headerSources } from './header-source-table.ts'

/** Names by which other servers and terminators speak of a certificate, besides those of our sources. */
const others = [
  ...[
    'X-Client-Verify',
    'X-Client-DN',
    'X-SSL-Client-Cert',
    'X-SSL-Client-Verify',
    'SSL-Client-Cert',
  ],
  ...['SSL-Client-Verify', 'X-SSL-Client-S-DN', 'X-SSL-Client-SHA1', 'X-SSL-Client-SHA256'],
  ...['X-Forwarded-Tls-Client-Cert-Info', 'Cf-Client-Cert-Der-Base64', 'Cf-Client-Cert-Sha256'],
]

/** Every header by which a certificate is known to be conveyed, without two spellings of one. */
export const knownCertificateHeaders: readonly string[] = uniqueNames([
  ...Object.values(headerSources).flatMap(({ header, chainHeader }) => [header, chainHeader]),
  ...others,
])

/** Each name once: header names are case-insensitive (RFC 9110 section 5.1). */
export function uniqueNames(names: readonly (string | null)[]): readonly string[] {
  const seen = new Map(names.flatMap((name) => (name === null ? [] : [[name.toLowerCase(), name]])))
  return [...seen.values()]
}
