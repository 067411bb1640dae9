import type { Certificate } from '../x509/index.ts'
import type { Finding } from './findings.ts'
import type { ClaimedCertificate } from './forgery/batches.ts'
import type { HttpClient } from './http/client.ts'
import type { ClientIdentity, HttpResponse } from './http/exchange.ts'

/** The test partner whose certificate is used and forged. */
export type Partner = {
  readonly clientId: string
  readonly certificate: Certificate
  /** The certificate that forged headers claim. It is public. */
  readonly claimed: ClaimedCertificate
  /** The certificate with its key; null if no key was given. */
  readonly identity: ClientIdentity | null
}

/** What the metadata says about the deployment. */
export type ExaminedDeployment = {
  /** The URL of the metadata. */
  readonly documentUrl: string
  readonly response: HttpResponse
  readonly metadata: Readonly<Record<string, unknown>>
  readonly issuer: string
  /** At the ordinary host, and at the one that asks for certificates; equal if there is one host. */
  readonly tokenEndpoint: string
  readonly mtlsTokenEndpoint: string
  /** Other endpoints that authenticate their callers, at the host that asks for certificates. */
  readonly otherEndpoints: readonly string[]
  readonly jwksUri: string
}

/** The input of every check. */
export type Examination = {
  readonly http: HttpClient
  /** This machine's clock, in seconds since the epoch. */
  readonly clock: () => number
  /** The URL that the user gave. */
  readonly url: string
  readonly deployment: ExaminedDeployment
  readonly partner: Partner | null
  /** The configured header's name; a secret. */
  readonly headerName: string | null
  readonly smuggling: boolean
}

/** A check, which returns one or more findings and throws for nothing that a server does. */
export type Check = {
  /** What it does, as shown while it runs. */
  readonly activity: string
  readonly run: (examination: Examination) => Promise<readonly Finding[]>
}

/** Whether the host that asks for certificates is not the issuer's own. */
export const hasOrdinaryHost = ({
  tokenEndpoint,
  mtlsTokenEndpoint,
}: ExaminedDeployment): boolean => new URL(tokenEndpoint).host !== new URL(mtlsTokenEndpoint).host

/** The evidence of checks that were skipped without a partner. */
export const needsPartner = 'give --certificate and --client-id of a registered test partner'

/** The evidence of checks that were skipped without the partner's key. */
export const needsKey = 'give --certificate, --key and --client-id of a registered test partner'
