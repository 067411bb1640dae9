import { type Database, type Parameter, query, type Row, statement } from '../storage/database.ts'
import {
  installedSchema,
  READ_SCHEMA,
  SchemaMismatch,
  schemaProblem,
} from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { KeyRow } from './key-row.ts'
import type { RequestedIntent } from './operator-keys.ts'

/** What an operator asked for and no Worker has executed yet. Times in seconds since the epoch. */
export type KeyIntent = RequestedIntent & { readonly id: number; readonly requestedAt: number }

/** A rewrapped row, and the id of the key-encryption key it was wrapped under before. */
export type RewrappedRow = { readonly row: KeyRow; readonly from: string }

// BLOBs as hex, so that a row from D1 and its copy in JSON are equal.
const READ_KEYS = `
  SELECT kid, issuer, alg, public_jwk, created_at, activate_at, key_encryption_key,
    hex(iv) AS iv, hex(wrapped_private_key) AS wrapped_private_key
  FROM signing_keys WHERE revoked_at IS NULL ORDER BY kid`

const ADD = `
  INSERT INTO signing_keys (kid, issuer, alg, public_jwk, created_at, activate_at,
    key_encryption_key, iv, wrapped_private_key)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9`
const ADD_IF_NONE = `${ADD} WHERE NOT EXISTS (
  SELECT 1 FROM signing_keys WHERE issuer = ?2 AND revoked_at IS NULL
    AND key_encryption_key IN (SELECT value FROM json_each(?10))
    AND kid NOT IN (SELECT value FROM json_each(?11))) RETURNING kid`
const ADD_AS_INTENDED = `${ADD} WHERE EXISTS (
  SELECT 1 FROM key_intents WHERE id = ?10 AND what = 'generate' AND done_at IS NULL) RETURNING kid`
// D1 binds numbers as REAL, so a number is cast before it becomes text.
// A kid is unique to each key: if the row exists, this batch has inserted it.
const AUDIT_ADDED = `
  INSERT INTO audit (at, who, what, subject, after)
  SELECT ?2, 'worker', 'key.generate', kid, json_object('alg', alg, 'activate_at', activate_at,
    'key_encryption_key', key_encryption_key, 'intent', CAST(?3 AS INTEGER))
  FROM signing_keys WHERE kid = ?1`
const CLOSE_GENERATE = `
  UPDATE key_intents SET done_at = ?2, outcome = ?3
  WHERE id = ?1 AND done_at IS NULL AND EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?3)`

const OPEN_INTENTS = `
  SELECT id, what, activate_at, requested_at FROM key_intents WHERE done_at IS NULL
  ORDER BY id LIMIT 4`

const REWRAP = `
  UPDATE signing_keys SET key_encryption_key = ?3, iv = ?4, wrapped_private_key = ?5
  WHERE kid = ?1 AND key_encryption_key = ?2 AND revoked_at IS NULL`
// An IV is unique to each wrap: if the row has it, this batch has written it.
const AUDIT_REWRAPPED = `
  INSERT INTO audit (at, who, what, subject, before, after)
  SELECT ?5, 'worker', 'key.rewrap', kid, json_object('key_encryption_key', ?2),
    json_object('key_encryption_key', ?3)
  FROM signing_keys WHERE kid = ?1 AND iv = ?4`
const CLOSE_REWRAP = `
  UPDATE key_intents SET done_at = ?2, outcome = (
    SELECT count(*) FROM signing_keys WHERE revoked_at IS NULL
      AND kid IN (SELECT value FROM json_each(?3)) AND key_encryption_key = ?4)
    || ' rewrapped, ' || CAST(?5 AS INTEGER) || ' left'
  WHERE id = ?1 AND done_at IS NULL RETURNING outcome`

const PRUNABLE = `(revoked_at < ?1 OR (revoked_at IS NULL AND kid IN (SELECT value FROM json_each(?2))))`
const AUDIT_PRUNED = `
  INSERT INTO audit (at, who, what, subject, before)
  SELECT ?3, 'worker', 'key.prune', kid, json_object('alg', alg, 'public_jwk', json(public_jwk),
    'created_at', created_at, 'activate_at', activate_at, 'revoked_at', revoked_at)
  FROM signing_keys WHERE ${PRUNABLE}`
const PRUNE = `DELETE FROM signing_keys WHERE ${PRUNABLE} RETURNING kid`

export type KeyStore = ReturnType<typeof d1KeyStore>

/**
 * The signing keys in D1. Each method is one transaction. Writes are conditional and write an audit row. All
 * throw StoreUnavailable if D1 does not answer.
 */
export const d1KeyStore = (database: Database) => ({
  /**
   * The rows that are not revoked, for `parseKeyRow`: whether a row can be used depends on the key-encryption
   * keys, and a copy of the rows in KV is read in the same way.
   * @throws SchemaMismatch if this code cannot use the schema
   */
  async read(): Promise<readonly unknown[]> {
    const [versions = [], keys = []] = await database
      .batch([statement(READ_SCHEMA), statement(READ_KEYS)])
      .catch(missingSchema)
    const installed = installedSchema(versions)
    if (schemaProblem(installed) !== null) throw new SchemaMismatch(installed)
    return keys
  },

  /**
   * Adds a key unless its issuer has a usable one, under a key-encryption key with one of these ids.
   * @param except kids that do not count: a forged row must not prevent a new key
   * @returns whether it was added
   */
  async addIfNone(
    row: KeyRow,
    keyEncryptionKeys: readonly string[],
    except: readonly string[],
  ): Promise<boolean> {
    const [added] = await database.batch([
      statement(ADD_IF_NONE, ...columns(row), list(keyEncryptionKeys), list(except)),
      statement(AUDIT_ADDED, row.kid, row.createdAt, null),
    ])
    return added?.length === 1
  },

  /** The oldest open intents, at most four. */
  async openIntents(): Promise<readonly KeyIntent[]> {
    return (await query(database, OPEN_INTENTS)).flatMap((row) => intentOf(row) ?? [])
  },

  /** Adds a key and closes its intent, if that is still open. @returns whether it was added */
  async addAsIntended(row: KeyRow, intent: number, now: number): Promise<boolean> {
    const [added] = await database.batch([
      statement(ADD_AS_INTENDED, ...columns(row), intent),
      statement(AUDIT_ADDED, row.kid, now, intent),
      statement(CLOSE_GENERATE, intent, now, row.kid),
    ])
    return added?.length === 1
  },

  /**
   * Stores rewrapped rows unless they have changed since, and closes the intent.
   * @param left how many rows are still under another key-encryption key than the current one
   * @returns the outcome recorded in the intent; null if it was closed before
   */
  async rewrap(
    rows: readonly RewrappedRow[],
    left: number,
    intent: number,
    now: number,
  ): Promise<string | null> {
    const to = rows[0]?.row.keyEncryptionKey ?? ''
    const kids = list(rows.map(({ row }) => row.kid))
    const results = await database.batch([
      ...rows.flatMap(({ row: { kid, keyEncryptionKey, iv, wrappedPrivateKey }, from }) => [
        statement(REWRAP, kid, from, keyEncryptionKey, iv, wrappedPrivateKey),
        statement(AUDIT_REWRAPPED, kid, from, keyEncryptionKey, iv, now),
      ]),
      statement(CLOSE_REWRAP, intent, now, kids, to, left),
    ])
    const outcome = results.at(-1)?.[0]?.outcome
    return typeof outcome === 'string' ? outcome : null
  },

  /** Deletes these rows, and those that were revoked before a time. @returns the deleted kids */
  async prune(
    kids: readonly string[],
    revokedBefore: number,
    now: number,
  ): Promise<readonly string[]> {
    const [, pruned = []] = await database.batch([
      statement(AUDIT_PRUNED, revokedBefore, list(kids), now),
      statement(PRUNE, revokedBefore, list(kids)),
    ])
    return pruned.map(({ kid }) => String(kid))
  },
})

const list = (values: readonly string[]): string => JSON.stringify(values)

const columns = (row: KeyRow): Parameter[] => [
  row.kid,
  row.issuer,
  row.alg,
  row.publicJwk,
  row.createdAt,
  row.activateAt,
  row.keyEncryptionKey,
  row.iv,
  row.wrappedPrivateKey,
]

function intentOf(row: Row): KeyIntent | null {
  const { id, what, activate_at: activateAt, requested_at: requestedAt } = row
  if (typeof id !== 'number' || typeof requestedAt !== 'number') return null
  if (what === 'rewrap') return { id, what, requestedAt }
  if (what !== 'generate' || typeof activateAt !== 'number') return null
  return { id, what, activateAt, requestedAt }
}

/** A database without our tables answers, but with an error. */
function missingSchema(fault: unknown): never {
  const answer = fault instanceof StoreUnavailable ? String(fault.cause) : ''
  if (/no such (table|column)/.test(answer)) throw new SchemaMismatch(null, { cause: fault })
  throw fault
}
