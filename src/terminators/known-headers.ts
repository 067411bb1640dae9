import { knownCertificateHeaders, uniqueNames } from '../certificate/header-names.ts'
import type { ProxySettings } from './settings.ts'

// The Worker reads the configured one alone: removing the others is for whatever else stands behind.
export { knownCertificateHeaders }

/** The headers of these settings that no client may send: leaf, chain, credential. */
export const ownHeaders = ({ header, credential }: ProxySettings): readonly string[] => [
  header,
  `${header}-Chain`,
  credential.header,
]

/** Every spelling of names with underscores in place of hyphens, for terminators that pass them on. */
export const underscored = (names: readonly string[]): readonly string[] =>
  uniqueNames(names.flatMap(spellings)).filter((name) => !names.includes(name))

/** All ways to write `-` or `_` between the words of a short name; of a long one, all the same way. */
function spellings(name: string): readonly string[] {
  const [first = '', ...rest] = name.split(/[-_]/)
  if (rest.length > 3) return [name.replaceAll('-', '_')]
  return rest.reduce(
    (made: readonly string[], word) => made.flatMap((one) => [`${one}-${word}`, `${one}_${word}`]),
    [first],
  )
}
