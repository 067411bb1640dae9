import { headerSources } from './header-sources.ts'
import type { SourceSettings } from './source-settings.ts'

/** How one host's certificates come, as the log may know it. */
export type DescribedSource = {
  readonly host: string
  readonly source: string
  /** What proves whoever conveys them; the edge itself needs no proof. */
  readonly hop: readonly ('credential' | 'certificate' | 'header_name_alone')[]
  /** Whether the operator chose the header's name. */
  readonly header_chosen: boolean
}

/** Says how the sources are configured: no name of a header and no secret. */
export function describeSources({
  sources,
  header,
  hop,
}: SourceSettings): readonly DescribedSource[] {
  const proofs = [
    ...(hop === null ? (['header_name_alone'] as const) : []),
    ...(hop?.credential ? (['credential'] as const) : []),
    ...(hop?.certificate ? (['certificate'] as const) : []),
  ]
  return [...sources].map(([host, source]) =>
    source === 'cloudflare'
      ? { host, source, hop: [], header_chosen: false }
      : {
          ...{ host, source, hop: proofs },
          header_chosen: header !== null && headerSources[source].mayChooseHeader,
        },
  )
}
