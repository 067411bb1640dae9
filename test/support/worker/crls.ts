import type { D1Database } from '@cloudflare/workers-types'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { installCrl } from '../../../src/revocation/refresh-crls.ts'
import { d1Database } from '../../../src/storage/database.ts'
import { type MintCrlRequest, mintCrl } from '../mint/mint.ts'
import type { Authority, Identity } from './partners.ts'

/** A CRL that is current from an hour before to an hour after `now`. */
export const crlOf = (
  issuer: Identity,
  now: number,
  change: Partial<MintCrlRequest> = {},
): Promise<Bytes> =>
  mintCrl({
    issuer: issuer.name,
    signWith: issuer.keys,
    thisUpdate: now - 3600,
    nextUpdate: now + 3600,
    ...change,
  })

/** Installs a CRL in a set. Returns the status, or why it is refused. */
export async function offer(db: D1Database, set: string, der: Bytes, now: number): Promise<string> {
  const installed = await installCrl(d1Database(db), set, der, { now, octetsPerBatch: 1 << 19 })
  return installed.ok ? installed.value.status : installed.error.why
}

/** Stores an intermediate as an issuer of CRLs. */
export async function addIssuer(db: D1Database, set: string, { der }: Identity): Promise<void> {
  await db
    .prepare(
      'INSERT INTO crl_issuers (set_name, sha256, certificate, added_at) VALUES (?1, ?2, ?3, 0)',
    )
    .bind(set, 'a'.repeat(64), der)
    .run()
}

/** Sets the revocation policy of a set. */
export async function setRevocation(
  db: D1Database,
  set: string,
  revocation: 'off' | 'if-available' | 'require',
): Promise<void> {
  await db
    .prepare('UPDATE trust_anchor_sets SET revocation = ?2, version = version + 1 WHERE name = ?1')
    .bind(set, revocation)
    .run()
}

/** Installs current CRLs of root and intermediate without entries. */
export async function offerClean(
  db: D1Database,
  set: string,
  { root, intermediate }: Authority,
  now: number,
): Promise<void> {
  await addIssuer(db, set, intermediate)
  for (const issuer of [root, intermediate]) await offer(db, set, await crlOf(issuer, now), now)
}
