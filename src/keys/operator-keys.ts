import { type AuditedBy, audited } from '../storage/audit-row.ts'
import {
  type Database,
  integerOf,
  integerOrNull,
  query,
  type Row,
  statement,
  textOf,
} from '../storage/database.ts'
import { type KeyDates, keyStates, type StatedKey } from './key-states.ts'

/** A signing key without its private half. Only the Worker can tell whether its row is authentic. */
export type ListedKey = KeyDates & {
  readonly issuer: string
  readonly alg: string
  /** The id of the key-encryption key that wraps it. */
  readonly keyEncryptionKey: string
}

const LIST = `
  SELECT kid, issuer, alg, created_at, activate_at, revoked_at, key_encryption_key
  FROM signing_keys ORDER BY issuer, activate_at DESC, kid`

/** Every signing key with its state, by issuer, the youngest first. */
export async function listKeys(database: Database, now: number): Promise<StatedKey<ListedKey>[]> {
  const keys = (await query(database, LIST)).map(keyOf)
  const issuers = [...new Set(keys.map(({ issuer }) => issuer))]
  const keysOf = (issuer: string) => keys.filter((key) => key.issuer === issuer)
  return issuers.flatMap((issuer) => keyStates(keysOf(issuer), now))
}

const keyOf = (row: Row): ListedKey => ({
  kid: textOf(row, 'kid'),
  issuer: textOf(row, 'issuer'),
  alg: textOf(row, 'alg'),
  createdAt: integerOf(row, 'created_at'),
  activateAt: integerOf(row, 'activate_at'),
  revokedAt: integerOrNull(row, 'revoked_at'),
  keyEncryptionKey: textOf(row, 'key_encryption_key'),
})

const REVOKE = `
  UPDATE signing_keys SET revoked_at = ?2, iv = NULL, wrapped_private_key = NULL
  WHERE kid = ?1 AND revoked_at IS NULL RETURNING kid`

/** Revokes a key and deletes its private half. @returns false if it was revoked already */
export async function revokeKey(
  database: Database,
  { kid, alg, activateAt }: ListedKey,
  by: AuditedBy,
): Promise<boolean> {
  const before = { alg, activate_at: activateAt, revoked_at: null }
  const after = { ...before, revoked_at: by.at }
  const [revoked] = await database.batch([
    statement(REVOKE, kid, by.at),
    audited({ ...by, what: 'key.revoke', subject: kid, before, after }),
  ])
  return revoked?.length === 1
}

/** What an operator asks of the Worker, because only the Worker has the key-encryption key. */
export type RequestedIntent =
  | { readonly what: 'generate'; readonly activateAt: number }
  | { readonly what: 'rewrap' }

const REQUEST = `
  INSERT INTO key_intents (what, activate_at, requested_at)
  SELECT ?1, ?2, ?3
  WHERE NOT EXISTS (SELECT 1 FROM key_intents WHERE what = ?1 AND done_at IS NULL)
  RETURNING id`

/** Stores a request for the Worker. @returns its id, or null if one of its kind is still open */
export async function requestIntent(
  database: Database,
  intent: RequestedIntent,
  by: AuditedBy,
): Promise<number | null> {
  const activateAt = intent.what === 'generate' ? intent.activateAt : null
  const [requested] = await database.batch([
    statement(REQUEST, intent.what, activateAt, by.at),
    audited({
      ...by,
      what: intent.what === 'generate' ? 'key.rotate' : 'key.rewrap',
      subject: 'signing-keys',
      before: null,
      after: activateAt === null ? {} : { activate_at: activateAt },
    }),
  ])
  const [row] = requested ?? []
  return row === undefined ? null : integerOf(row, 'id')
}

const OPEN_SINCE = `
  SELECT requested_at FROM key_intents WHERE (?1 IS NULL OR what = ?1) AND done_at IS NULL`

/** When the open requests were made, of one kind or of all. */
export const openRequests = async (
  database: Database,
  what: RequestedIntent['what'] | null,
): Promise<number[]> =>
  (await query(database, OPEN_SINCE, what)).map((row) => integerOf(row, 'requested_at'))

const OUTCOME = 'SELECT outcome FROM key_intents WHERE id = ?1 AND done_at IS NOT NULL'

/** What the Worker did for a request, or null if it is not done yet. */
export async function intentOutcome(database: Database, id: number): Promise<string | null> {
  const [row] = await query(database, OUTCOME, id)
  return row === undefined ? null : textOf(row, 'outcome')
}
