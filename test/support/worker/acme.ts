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

/** A deployment with one partner of each method, and a way to show it any octets. */
export type Acme = {
  readonly worker: TestDeployment
  readonly authority: Authority
  readonly good: PartnerCertificate
  /** What the edge would hand over for the PKI partner, however large: a leaf, a chain. */
  readonly ask: (leaf: Bytes, chain?: readonly Bytes[]) => Promise<Answer>
}

/** The grant and the name of the PKI partner. */
export const acmeGrant = { grant_type: 'client_credentials', client_id: 'acme' }

/** Starts it on a fresh database. */
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
