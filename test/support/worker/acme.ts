import { toBase64 } from '../../../src/encoding/base64.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { freshDatabase } from './database.ts'
import {
  type Authority,
  addAnchors,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from './partners.ts'
import {
  type Answer,
  startOfTime as now,
  startDeployment,
  type TestDeployment,
} from './start-deployment.ts'

/** A deployment with one partner of each method. */
export type Acme = {
  readonly worker: TestDeployment
  readonly authority: Authority
  readonly good: PartnerCertificate
  /** Requests a token for the PKI partner with any octets as leaf and chain, of any size. */
  readonly ask: (leaf: Bytes, chain?: readonly Bytes[]) => Promise<Answer>
}

/** The token request of the PKI partner. */
export const acmeGrant = { grant_type: 'client_credentials', client_id: 'acme' }

/** Starts the deployment on an empty database. */
export async function startAcme(): Promise<Acme> {
  const db = await freshDatabase()
  const authority = await mintAuthority('Acme CA', now)
  const good = await issueCertificate(authority, now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  await register(db, selfSignedClient(jwksOf(await selfSignedCertificate(now))))
  const worker = startDeployment()
  const ask = (leaf: Bytes, chain: readonly Bytes[] = [authority.intermediate.der]) =>
    worker.token(acmeGrant, {
      presented: good,
      tlsClientAuth: {
        certRFC9440: `:${toBase64(leaf)}:`,
        certChainRFC9440: chain.map((der) => `:${toBase64(der)}:`).join(', '),
      },
    })
  return { worker, authority, good, ask }
}
