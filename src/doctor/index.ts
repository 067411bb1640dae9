import { authentication } from './checks/authentication.ts'
import { keySet, metadata } from './checks/documents.ts'
import {
  forgedFolded,
  forgedHeaders,
  forgedOverHttp,
  forgedProxies,
  forgedSpellings,
  headerName,
} from './checks/forged-headers.ts'
import { resumption } from './checks/resumption.ts'
import { plainHttp, transport, unknownHost } from './checks/transport.ts'
import { unknownCertificates } from './checks/unknown-certificates.ts'
import { discover } from './discover.ts'
import type { Check, Partner } from './examination.ts'
import type { Finding } from './findings.ts'
import { type HttpClientOptions, httpClient, type Sent } from './http/client.ts'

export type { Partner } from './examination.ts'
export { descriptions, type Finding } from './findings.ts'
export type { Resolutions, Sent } from './http/client.ts'

/** Connections in all: the requests that the Worker's own rate limit grants an address in a minute. */
export const maxConnections = 300
/** The same with malformed header lines. */
const maxSmugglingConnections = 450

/** All checks, in the order in which they run. */
const checks: readonly Check[] = [
  metadata,
  keySet,
  transport,
  plainHttp,
  unknownHost,
  authentication,
  unknownCertificates,
  resumption,
  headerName,
  forgedHeaders,
  forgedProxies,
  forgedSpellings,
  forgedOverHttp,
  forgedFolded,
]

/** What to examine, and how to reach it. */
export type ExaminationOptions = Pick<HttpClientOptions, 'resolutions' | 'ca' | 'pause'> & {
  /** The issuer, or another host that serves its metadata. */
  readonly url: string
  /** Null: the checks that need a partner are skipped. */
  readonly partner: Partner | null
  /** The configured name of the certificate's header; null if it is not known. */
  readonly headerName: string | null
  /** Whether malformed header lines are sent, too. */
  readonly smuggling: boolean
  /** This machine's clock, in seconds since the epoch. */
  readonly clock: () => number
  /** Called before each check. */
  readonly onProgress: (activity: string, requests: number) => void
}

/** Attacks a running deployment over the network, and returns what was found and what was sent. */
export async function examine(
  options: ExaminationOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly sent: Sent }> {
  const { url, partner, headerName, smuggling, clock, onProgress } = options
  const limit = smuggling ? maxSmugglingConnections : maxConnections
  const http = httpClient({ ...options, limit })
  onProgress('fetching the metadata', 0)
  const discovered = await discover(http, url)
  if (!discovered.ok) return { findings: [discovered.error], sent: http.sent() }
  const deployment = discovered.value
  const findings: Finding[] = []
  for (const { activity, run } of checks) {
    onProgress(activity, http.sent().requests)
    findings.push(...(await run({ http, clock, url, deployment, partner, headerName, smuggling })))
  }
  return { findings, sent: http.sent() }
}
