import { headerSources } from '../../certificate/header-sources.ts'
import type { ProxySettings } from './settings.ts'

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

/**
 * Every header by which a certificate is known to be conveyed, without two spellings of one. The
 * Worker reads the configured one alone: removing the others is for whatever else stands behind.
 */
export const knownCertificateHeaders: readonly string[] = unique([
  ...Object.values(headerSources).flatMap(({ header, chainHeader }) => [header, chainHeader]),
  ...others,
])

/** The headers of these settings that no client may send: leaf, chain, credential. */
export const ownHeaders = ({ header, credential }: ProxySettings): readonly string[] => [
  header,
  `${header}-Chain`,
  credential.header,
]

/** Every spelling of names with underscores in place of hyphens, for terminators that pass them on. */
export const underscored = (names: readonly string[]): readonly string[] =>
  unique(names.flatMap(spellings)).filter((name) => !names.includes(name))

/** All ways to write `-` or `_` between the words of a short name; of a long one, all the same way. */
function spellings(name: string): readonly string[] {
  const [first = '', ...rest] = name.split(/[-_]/)
  if (rest.length > 3) return [name.replaceAll('-', '_')]
  return rest.reduce(
    (made: readonly string[], word) => made.flatMap((one) => [`${one}-${word}`, `${one}_${word}`]),
    [first],
  )
}

/** Header names are case-insensitive (RFC 9110 section 5.1). */
function unique(names: readonly (string | null)[]): readonly string[] {
  const seen = new Map(names.flatMap((name) => (name === null ? [] : [[name.toLowerCase(), name]])))
  return [...seen.values()]
}
