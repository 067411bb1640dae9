import { headerNames, headerSources } from './header-sources.ts'
import type { SourceSettings } from './source-settings.ts'

/**
 * Every header that is read by settings: the certificates' and their chains', the credential's, the
 * address's.
 * @returns names as they are configured, maybe some more than once; none where all hosts have the edge
 */
export function sourceHeaders({
  sources,
  header,
  hop,
  addressHeader,
}: SourceSettings): readonly string[] {
  const certificates = [...sources.values()].flatMap((name) => {
    if (name === 'cloudflare') return []
    const source = headerSources[name]
    const names = headerNames(source, source.mayChooseHeader ? header : null)
    return names === null ? [] : [names.leaf, names.chain]
  })
  if (certificates.length === 0) return []
  return [...certificates, hop?.credential?.header, addressHeader].filter(
    (name) => typeof name === 'string',
  )
}
