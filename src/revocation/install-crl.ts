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
import { headersOf, putShards, signersOf, switchTo } from './crl-store.ts'

/** What became of a list that was offered. */
export type TakenList = {
  readonly what: 'stored' | 'unchanged'
  readonly header: CrlIndexHeader
  /** RFC 4514 text. */
  readonly issuer: string
}

/** Why a list is not taken. */
export type ListProblem =
  | UnknownStatus
  /** Not a complete list (delta, indirect, some reasons), or one that cannot be indexed. */
  | { readonly why: CrlIndexRefusal }
  /** RFC 5280 section 5.2.3: older than the list in force, or of the same number. */
  | { readonly why: 'number_went_back'; readonly stored: string; readonly offered: string }
  /** Another list came into force meanwhile, or the set has as many as it may have. */
  | { readonly why: 'not_switched' }

export type InstallOptions = {
  /** Seconds since the epoch. */
  readonly now: number
  /** How many octets of shards go into one transaction. */
  readonly octetsPerBatch: number
  /** CAs that may sign the list besides those of the set. */
  readonly issuers?: readonly Certificate[]
  /** Verify only: the result says what would be stored. */
  readonly dryRun?: boolean
}

/**
 * Verifies a list against the CAs of a set, indexes it by the key that signed it, and puts it into
 * force if it is newer. Forged lists and older ones change nothing.
 * @param der must not be changed until the end
 */
export async function installCrl(
  database: Database,
  set: string,
  der: Uint8Array,
  how: InstallOptions,
): Promise<Result<TakenList, ListProblem>> {
  const signers = [...(await signersOf(database, set)), ...(how.issuers ?? [])]
  const verified = await verifyCertificateList({ crl: der, signers, time: how.now })
  if (!verified.ok) return verified
  const { crl, issuerKey } = verified.value
  const built = await buildCrlIndex(crl, { anchorSet: set, issuerKey })
  if (!built.ok) return err({ why: built.error })
  const { header, shards } = built.value
  const { issuer } = crl
  const headers = await headersOf(database, set)
  const inForce = headers.find((one) => crlIndexKey(one) === crlIndexKey(header)) ?? null
  if (inForce?.id === header.id) return ok({ what: 'unchanged', header, issuer })
  if (inForce !== null && !supersedes(inForce, header)) {
    return err({ why: 'number_went_back', stored: ageOf(inForce), offered: ageOf(header) })
  }
  if (how.dryRun) return ok({ what: 'stored', header, issuer })
  await putShards(database, header, shards(), how)
  const replaced = inForce?.id ?? null
  return (await switchTo(database, header, { issuer, replaced, now: how.now }))
    ? ok({ what: 'stored', header, issuer })
    : err({ why: 'not_switched' })
}

const ageOf = ({ crlNumber, thisUpdate }: CrlIndexHeader): string =>
  `${crlNumber ?? 'no number'} of ${new Date(thisUpdate * 1000).toISOString()}`
