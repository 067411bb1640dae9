import type { Certificate } from '../x509/index.ts'
import type { Finding } from './findings/findings.ts'
import type { Claimed } from './forgery/batches.ts'
import type { ClientIdentity, HttpAnswer, Wire } from './wire/wire.ts'

/** The partner in whose name the doctor calls. */
export type Partner = {
  readonly clientId: string
  readonly certificate: Certificate
  /** What an intruder would claim to have shown: public. */
  readonly claimed: Claimed
  /** The certificate with its key; null where no key was given. */
  readonly identity: ClientIdentity | null
}

/** What the metadata says, as far as it could be read. */
export type Discovered = {
  /** Where it was found. */
  readonly documentUrl: string
  readonly answer: HttpAnswer
  readonly metadata: Readonly<Record<string, unknown>>
  readonly issuer: string
  /** At the ordinary host, and where certificates are asked for; the same where there is one host. */
  readonly tokenEndpoint: string
  readonly mtlsTokenEndpoint: string
  /** Endpoints besides, at the host that asks for certificates, that authenticate their caller. */
  readonly otherEndpoints: readonly string[]
  readonly jwksUri: string
}

/** What every check works with. */
export type Examination = {
  readonly wire: Wire
  /** This machine's clock, in seconds since the epoch. */
  readonly clock: () => number
  /** The URL that was given. */
  readonly url: string
  readonly found: Discovered
  readonly partner: Partner | null
  /** The configured header's name; a secret. */
  readonly headerName: string | null
  readonly smuggling: boolean
}

/** One thing to try out. Tells what it found, and throws at nothing that a server does. */
export type Check = {
  /** What it does, for whoever waits. */
  readonly says: string
  readonly run: (examination: Examination) => Promise<readonly Finding[]>
}

/** The host that asks for certificates is another one. */
export const hasOrdinaryHost = ({ tokenEndpoint, mtlsTokenEndpoint }: Discovered): boolean =>
  new URL(tokenEndpoint).host !== new URL(mtlsTokenEndpoint).host

/** Why checks in a partner's name are not made. */
export const needsPartner = 'give --certificate and --client-id of a registered test partner'

/** Why checks that need the private key are not made. */
export const needsKey = 'give --certificate, --key and --client-id of a registered test partner'
