import { err, ok, type Result } from '../encoding/result.ts'
import type { Database } from '../storage/database.ts'
import {
  buildCrlIndex,
  type Certificate,
  type CrlIndexHeader,
  type CrlIndexRefusal,
  crlIndexKey,
  supersedes,
  type UnknownStatus,
  verifyCertificateList,
} from '../x509/index.ts'
import { crlHeaders, crlSigners, putInForce, putShards, type WriteOptions } from './crl-store.ts'

/** A CRL that is in force. */
export type InstalledCrl = {
  /** `unchanged`: it was in force before. */
  readonly status: 'stored' | 'unchanged'
  readonly header: CrlIndexHeader
  /** RFC 4514 text. */
  readonly issuer: string
}

/** Why a CRL is refused. */
export type InstallRefusal =
  | UnknownStatus
  /** Not complete (delta, indirect, some reasons), or cannot be indexed. */
  | { readonly why: CrlIndexRefusal }
  /** RFC 5280 section 5.2.3: older than the CRL in force, or with the same number. */
  | { readonly why: 'number_went_back'; readonly stored: string; readonly offered: string }
  /** Another CRL came into force in the meantime, or the set has the maximum number of CRLs. */
  | { readonly why: 'not_switched' }

export type InstallOptions = WriteOptions & {
  /** CAs that may sign the CRL besides those of the set. */
  readonly issuers?: readonly Certificate[]
  /** Verify only: the result says what would be stored. */
  readonly dryRun?: boolean
}

/**
 * Verifies a CRL with the CAs of a set, indexes it by the key that signed it, and puts it into force if
 * it is newer than the one before. A forged or older CRL changes nothing.
 * @param der must not be changed before the promise settles
 */
export async function installCrl(
  database: Database,
  set: string,
  der: Uint8Array,
  options: InstallOptions,
): Promise<Result<InstalledCrl, InstallRefusal>> {
  const signers = [...(await crlSigners(database, set)), ...(options.issuers ?? [])]
  const verified = await verifyCertificateList({ crl: der, signers, time: options.now })
  if (!verified.ok) return verified
  const { crl, issuerKey } = verified.value
  const built = await buildCrlIndex(crl, { anchorSet: set, issuerKey })
  if (!built.ok) return err({ why: built.error })
  const { header, shards } = built.value
  const { issuer } = crl
  const headers = await crlHeaders(database, set)
  const inForce = headers.find((one) => crlIndexKey(one) === crlIndexKey(header)) ?? null
  if (inForce?.id === header.id) return ok({ status: 'unchanged', header, issuer })
  if (inForce !== null && !supersedes(inForce, header)) {
    return err({ why: 'number_went_back', stored: numberOf(inForce), offered: numberOf(header) })
  }
  if (options.dryRun) return ok({ status: 'stored', header, issuer })
  await putShards(database, header, shards(), options)
  const replaced = inForce?.id ?? null
  return (await putInForce(database, header, { issuer, replaced, now: options.now }))
    ? ok({ status: 'stored', header, issuer })
    : err({ why: 'not_switched' })
}

const numberOf = ({ crlNumber, thisUpdate }: CrlIndexHeader): string =>
  `${crlNumber ?? 'no number'} of ${new Date(thisUpdate * 1000).toISOString()}`
