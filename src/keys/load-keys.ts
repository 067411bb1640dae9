import type { CryptoKey } from 'jose'
import { isRecord } from '../encoding/is-record.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { KeyStore } from './d1-key-store.ts'
import type { KeyEncryptionKeys } from './key-encryption-key.ts'
import type { KeyEvent, KeyFinding } from './key-events.ts'
import { type KeyRow, parseKeyRow } from './key-row.ts'
import type { KeyDates } from './key-states.ts'
import { readPublicJwk, type VerificationJwk } from './public-jwk.ts'
import { generateKey, unwrapPrivateKey } from './wrapping.ts'

declare const authentic: unique symbol

/** A key that was unwrapped with a key-encryption key of this Worker. Only such a key signs or is published. */
export type UsableKey = KeyRow &
  KeyDates & {
    /** The row in the form of the store. */
    readonly stored: unknown
    readonly jwk: VerificationJwk
    /** Not extractable. */
    readonly privateKey: CryptoKey
    readonly [authentic]: true
  }

/** Usable keys, and findings about all other rows. */
export type SortedKeys = {
  readonly keys: readonly UsableKey[]
  readonly findings: readonly KeyFinding[]
}

/** What loading keys needs. */
export type KeyLoader = {
  readonly store: KeyStore
  readonly issuer: string
  readonly keyEncryptionKeys: KeyEncryptionKeys
  /** The algorithm of new keys. */
  readonly signingAlg: SigningAlg
  readonly report: (event: KeyEvent) => void
}

const maxAttempts = 3

/**
 * Reads the keys. If none is usable, generates one that signs at once, by a conditional write: of Workers
 * that do so at the same time, one adds its key and all use it.
 * @param known usable keys from before
 * @param now seconds since the epoch
 * @returns the keys, and the event of the key that this Worker had to generate
 * @throws StoreUnavailable, SchemaMismatch
 */
export async function loadKeys(
  loader: KeyLoader,
  known: readonly UsableKey[],
  now: number,
): Promise<SortedKeys & { readonly generated: KeyEvent | null }> {
  let generated: KeyEvent | null = null
  // Another Worker may add a row after the read: the next attempt reads it.
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const sorted = await sortRows(await loader.store.read(), loader, known)
    if (sorted.keys.length > 0) return { ...sorted, generated }
    generated = await generateFirstKey(loader, sorted.findings, now)
  }
  throw new StoreUnavailable('D1 does not keep a usable signing key')
}

async function generateFirstKey(
  { store, issuer, keyEncryptionKeys, signingAlg }: KeyLoader,
  findings: readonly KeyFinding[],
  now: number,
): Promise<KeyEvent | null> {
  const details = { issuer, alg: signingAlg, createdAt: now, activateAt: now }
  const row = await generateKey(details, keyEncryptionKeys[0])
  const ids = keyEncryptionKeys.map(({ id }) => id)
  const except = findings.flatMap(({ kid }) => kid ?? [])
  if (!(await store.addIfNone(row, ids, except))) return null
  return { code: 'key_generated', kid: row.kid, alg: row.alg, activate_at: now, intent: null }
}

/**
 * Sorts rows of signing_keys that are not revoked.
 * @param known usable keys from before: an unchanged row is not unwrapped again
 */
export async function sortRows(
  rows: readonly unknown[],
  loader: KeyLoader,
  known: readonly UsableKey[],
): Promise<SortedKeys> {
  const keys: UsableKey[] = []
  const findings: KeyFinding[] = []
  for (const stored of rows) {
    const result = await openRow(stored, loader, known)
    if ('code' in result) findings.push(result)
    else keys.push(result)
  }
  return { keys, findings }
}

async function openRow(
  stored: unknown,
  { issuer, keyEncryptionKeys }: KeyLoader,
  known: readonly UsableKey[],
): Promise<UsableKey | KeyFinding> {
  // Equal in every column, so it needs no second unwrapping.
  const text = JSON.stringify(stored)
  const before = known.find((key) => JSON.stringify(key.stored) === text)
  if (before !== undefined) return before
  const parsed = parseKeyRow(stored)
  if (!parsed.ok) return { code: 'key_row_malformed', kid: kidOf(stored), column: parsed.error }
  const row = parsed.value
  const { kid } = row
  if (row.issuer !== issuer) return { code: 'key_of_another_issuer', kid, issuer: row.issuer }
  const keyEncryptionKey = keyEncryptionKeys.find(({ id }) => id === row.keyEncryptionKey)
  if (keyEncryptionKey === undefined) {
    return { code: 'key_encryption_key_unknown', kid, key_encryption_key: row.keyEncryptionKey }
  }
  const privateKey = await unwrapPrivateKey(row, keyEncryptionKey, 'sign')
  if (privateKey === null) return { code: 'key_row_not_authentic', kid }
  const jwk = readPublicJwk(row.alg, row.publicJwk)
  if (jwk === null) return { code: 'key_row_malformed', kid, column: 'public_jwk' }
  return { ...row, revokedAt: null, stored, jwk, privateKey } as UsableKey
}

const kidOf = (stored: unknown): string | null =>
  isRecord(stored) && typeof stored.kid === 'string' ? stored.kid : null
