import { type Bytes, equalBytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'
import { isSigningAlg } from './signing-alg.ts'

/** What a row of signing_keys says about its key. Times in seconds since the epoch. */
export type KeyDetails = {
  readonly kid: string
  readonly issuer: string
  readonly alg: SigningAlg
  /** The text of `publicJwkText`, octet for octet as stored. */
  readonly publicJwk: string
  readonly createdAt: number
  readonly activateAt: number
}

/** A row of signing_keys that is not revoked: a private half, wrapped. */
export type KeyRow = KeyDetails & {
  /** The id of the key-encryption key that wraps it. */
  readonly keyEncryptionKey: string
  readonly iv: Bytes
  readonly wrappedPrivateKey: Bytes
}

/** A row that the schema would not have taken, and the column that shows it. */
export type MalformedRow = { readonly why: 'malformed'; readonly column: string }

/**
 * Reads a row as the store keeps it: columns by their names, octets in hexadecimal, so that a copy
 * of it in JSON is the same row. Form only; whether it is authentic is for `unwrapPrivateKey`.
 */
export function parseKeyRow(stored: unknown): Result<KeyRow, MalformedRow> {
  if (typeof stored !== 'object' || stored === null) return malformed('row')
  const row: { readonly [column: string]: unknown } = { ...stored }
  const { kid, issuer, alg, public_jwk, created_at, activate_at, key_encryption_key } = row
  if (!isText(kid, 43) || /[^A-Za-z0-9_-]/.test(kid)) return malformed('kid')
  if (!isText(issuer)) return malformed('issuer')
  if (!isSigningAlg(alg)) return malformed('alg')
  if (!isText(public_jwk)) return malformed('public_jwk')
  if (!isTime(created_at)) return malformed('created_at')
  if (!isTime(activate_at)) return malformed('activate_at')
  if (!isText(key_encryption_key)) return malformed('key_encryption_key')
  const iv = isText(row.iv, 24) ? fromHex(row.iv) : null
  if (iv === null) return malformed('iv')
  const wrapped = isText(row.wrapped_private_key) ? fromHex(row.wrapped_private_key) : null
  if (wrapped === null) return malformed('wrapped_private_key')
  return ok({
    kid,
    issuer,
    alg,
    publicJwk: public_jwk,
    createdAt: created_at,
    activateAt: activate_at,
    keyEncryptionKey: key_encryption_key,
    iv,
    wrappedPrivateKey: wrapped,
  })
}

const malformed = (column: string) => err({ why: 'malformed' as const, column })

const isText = (value: unknown, length?: number): value is string =>
  typeof value === 'string' && (length === undefined ? value !== '' : value.length === length)

const isTime = (value: unknown): value is number => Number.isSafeInteger(value)

/** Whether two rows are the same in every column. */
export const sameRow = (a: KeyRow, b: KeyRow): boolean =>
  a.kid === b.kid &&
  a.issuer === b.issuer &&
  a.alg === b.alg &&
  a.publicJwk === b.publicJwk &&
  a.createdAt === b.createdAt &&
  a.activateAt === b.activateAt &&
  a.keyEncryptionKey === b.keyEncryptionKey &&
  equalBytes(a.iv, b.iv) &&
  equalBytes(a.wrappedPrivateKey, b.wrappedPrivateKey)
