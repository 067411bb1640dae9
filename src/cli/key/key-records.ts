import { type KeyState, keyStates } from '../../keys/key-states.ts'
import {
  type Database,
  integerOf,
  integerOrNull,
  query,
  type Row,
  textOf,
} from '../../storage/database.ts'

/** A signing key as its row says it, without its private half. Times in seconds since the epoch. */
export type KeyRecord = {
  readonly kid: string
  readonly issuer: string
  readonly alg: string
  readonly createdAt: number
  readonly activateAt: number
  readonly revokedAt: number | null
  /** The name of the key-encryption key that wraps it. */
  readonly keyEncryptionKey: string
}

/** A record with the state that the Worker derives from the dates. */
export type StatedKey = { readonly key: KeyRecord; readonly state: KeyState }

const LIST = `
  SELECT kid, issuer, alg, created_at, activate_at, revoked_at, key_encryption_key
  FROM signing_keys ORDER BY issuer, activate_at DESC, kid`

/** Every signing key with its state, issuer by issuer, the youngest first. */
export async function listKeys(database: Database, now: number): Promise<StatedKey[]> {
  const keys = (await query(database, LIST)).map(recordOf)
  const issuers = [...new Set(keys.map((key) => key.issuer))]
  return issuers.flatMap((issuer) =>
    keyStates(
      keys.filter((key) => key.issuer === issuer),
      now,
    ),
  )
}

const recordOf = (row: Row): KeyRecord => ({
  kid: textOf(row, 'kid'),
  issuer: textOf(row, 'issuer'),
  alg: textOf(row, 'alg'),
  createdAt: integerOf(row, 'created_at'),
  activateAt: integerOf(row, 'activate_at'),
  revokedAt: integerOrNull(row, 'revoked_at'),
  keyEncryptionKey: textOf(row, 'key_encryption_key'),
})
