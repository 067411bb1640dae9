import { headerNames, headerSources } from './header-sources.ts'
import type { SourceSettings } from './source-settings.ts'

/** The certificate source of one host, for the log. */
export type DescribedSource = {
  readonly host: string
  readonly source: string
  /** How the proxy proves its identity; empty for the edge itself, which needs no proof. */
  readonly hop: readonly ('credential' | 'certificate' | 'header_name_alone')[]
  /** Whether the operator chose the header's name. */
  readonly header_chosen: boolean
}

/** Describes the configured sources without secrets: no header name, no credential. */
export function describeSources(settings: SourceSettings): readonly DescribedSource[] {
  const { sources, header, proxy } = settings
  const hop: DescribedSource['hop'] = [
    ...(proxy === null ? (['header_name_alone'] as const) : []),
    ...(proxy?.credential ? (['credential'] as const) : []),
    ...(proxy?.certificate ? (['certificate'] as const) : []),
  ]
  return [...sources].map(([host, source]) =>
    source === 'cloudflare'
      ? { host, source, hop: [], header_chosen: false }
      : {
          host,
          source,
          hop,
          header_chosen: header !== null && headerSources[source].mayChooseHeader,
        },
  )
}

/**
 * Every header that the settings make the Worker read: of certificates, chains, credential and address.
 * @returns configured names, possibly repeated; none if the edge is the only source
 */
export function sourceHeaders(settings: SourceSettings): readonly string[] {
  const { sources, header, proxy, addressHeader } = settings
  const certificates = [...sources.values()].flatMap((name) => {
    if (name === 'cloudflare') return []
    const source = headerSources[name]
    const names = headerNames(source, source.mayChooseHeader ? header : null)
    return names === null ? [] : [names.leaf, names.chain]
  })
  if (certificates.length === 0) return []
  return [...certificates, proxy?.credential?.header, addressHeader].filter(
    (name) => typeof name === 'string',
  )
}
