import type { HeaderSourceName } from '../certificate/header-sources.ts'
import type { ProxySettings } from './settings.ts'

/** A terminator that `proxy config` knows. */
export type ProxyTemplate = {
  readonly name: string
  /** One line: what it is. */
  readonly title: string
  /** The Worker's CERTIFICATE_SOURCE. */
  readonly source: HeaderSourceName
  /** Whether intermediates that the partner sends reach the Worker. */
  readonly chain: 'yes' | 'no'
  /** What becomes of a self-signed certificate. */
  readonly selfSigned: 'conveyed' | 'refused'
  /** What becomes of one that has expired; the Worker refuses it in any case. */
  readonly expired: string
  readonly verified: 'real program' | 'recorded values' | 'not verified here'
  /** Whether the configuration chooses the header's name: then CERTIFICATE_HEADER has to be set. */
  readonly namesHeader: boolean
  /** Whether it tells the Worker the address of whom it speaks for. */
  readonly tellsAddress?: true
  /** How a line of comment begins and ends. */
  readonly comment: readonly [begin: string, end: string]
  readonly configuration: (settings: ProxySettings) => string
}

/** Comments of most formats. */
export const hash = ['#', ''] as const
