import type { CryptoKey } from 'jose'
import { type HeldKeyEncryptionKeys, keyEncryptionKeyOf } from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import { type KeyRow, parseKeyRow, sameRow } from './key-row.ts'
import { type PublicJwk, readPublicJwk } from './public-jwk.ts'
import { unwrapPrivateKey } from './wrapping.ts'

declare const authentic: unique symbol

/** A key that opened under a key-encryption key of ours: only such a key signs or is published. */
export type UsableKey = {
  readonly row: KeyRow
  /** The row as the store gave it. */
  readonly stored: unknown
  readonly jwk: PublicJwk
  /** Not extractable. */
  readonly privateKey: CryptoKey
  readonly [authentic]: true
}

/** What the rows of signing_keys that are not revoked turned out to be. */
export type Sorted = {
  readonly keys: readonly UsableKey[]
  readonly findings: readonly KeyFinding[]
}

/** Whose keys are looked for, and what opens them. */
export type Authority = { readonly issuer: string; readonly held: HeldKeyEncryptionKeys }

/**
 * Sorts rows into keys that can be used and findings.
 * @param known keys that opened before: an unchanged row is not opened again
 */
export async function sortRows(
  rows: readonly unknown[],
  authority: Authority,
  known: readonly UsableKey[],
): Promise<Sorted> {
  const keys: UsableKey[] = []
  const findings: KeyFinding[] = []
  for (const stored of rows) {
    const outcome = await judgeRow(stored, authority, known)
    if ('code' in outcome) findings.push(outcome)
    else keys.push(outcome)
  }
  return { keys, findings }
}

async function judgeRow(
  stored: unknown,
  { issuer, held }: Authority,
  known: readonly UsableKey[],
): Promise<UsableKey | KeyFinding> {
  const parsed = parseKeyRow(stored)
  if (!parsed.ok) {
    return { code: 'key_row_malformed', kid: kidOf(stored), column: parsed.error.column }
  }
  const row = parsed.value
  const { kid } = row
  if (row.issuer !== issuer) return { code: 'key_of_another_issuer', kid, issuer: row.issuer }
  const before = known.find((key) => sameRow(key.row, row))
  if (before !== undefined) return before
  const keyEncryptionKey = keyEncryptionKeyOf(row.keyEncryptionKey, held)
  if (keyEncryptionKey === null) {
    return { code: 'key_encryption_key_unknown', kid, key_encryption_key: row.keyEncryptionKey }
  }
  const privateKey = await unwrapPrivateKey(row, keyEncryptionKey, 'sign')
  if (privateKey === null) return { code: 'key_row_not_authentic', kid }
  const jwk = readPublicJwk(row.alg, row.publicJwk)
  if (jwk === null) return { code: 'key_row_malformed', kid, column: 'public_jwk' }
  return { row, stored, jwk, privateKey } as UsableKey
}

function kidOf(stored: unknown): string | null {
  const named = typeof stored === 'object' && stored !== null && 'kid' in stored
  return named && typeof stored.kid === 'string' ? stored.kid : null
}
