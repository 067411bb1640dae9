import { type HeaderSourceName, headerSourceNames } from './header-sources.ts'
import type { Hop } from './proxy-authentication.ts'

/** Everything that CERTIFICATE_SOURCE may say. */
export const certificateSourceNames = ['cloudflare', ...headerSourceNames] as const

/** One of {@link certificateSourceNames}. */
export type CertificateSourceName = 'cloudflare' | HeaderSourceName

/** Which host gets its certificates from where, and who may convey them. */
export type SourceSettings = {
  /** By host, with its port where it has one. */
  readonly sources: ReadonlyMap<string, CertificateSourceName>
  /** The name of the certificate's header where the operator chose one. A secret. */
  readonly header: string | null
  /** Null where no host has a header for a source, or where the header's name is all there is. */
  readonly hop: Hop | null
  /**
   * In which header a proxy that proved itself by its credential tells the address of whom it speaks for;
   * null where all its partners count as one.
   */
  readonly addressHeader: string | null
}
