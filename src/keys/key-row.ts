import * as v from 'valibot'
import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { type SigningAlg, signingAlgs } from '../oauth/signing-algs.ts'

/** The authenticated columns of a signing key. Times in seconds since the epoch. */
export type KeyDetails = {
  readonly kid: string
  readonly issuer: string
  readonly alg: SigningAlg
  /** The JSON of `publicMembers`, octet for octet as stored. */
  readonly publicJwk: string
  readonly createdAt: number
  readonly activateAt: number
}

/** A row of signing_keys that is not revoked, with its wrapped private key. */
export type KeyRow = KeyDetails & {
  /** The id of the key-encryption key that wraps it. */
  readonly keyEncryptionKey: string
  readonly iv: Bytes
  readonly wrappedPrivateKey: Bytes
}

const text = v.pipe(v.string(), v.nonEmpty())
const time = v.pipe(v.number(), v.safeInteger())
const hex = v.pipe(
  text,
  v.transform(fromHex),
  v.custom<Bytes>((octets) => octets !== null),
)

const columns = v.object({
  kid: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  issuer: text,
  alg: v.picklist(signingAlgs),
  public_jwk: text,
  created_at: time,
  activate_at: time,
  key_encryption_key: text,
  iv: v.pipe(v.string(), v.length(24), hex),
  wrapped_private_key: hex,
})

/**
 * Reads a row in the form of the store: columns by name, BLOBs as hex, so that a JSON copy of a row is
 * equal to it. This checks the form only; `unwrapPrivateKey` checks whether the row is authentic.
 * @returns the row, or the name of the first column that is wrong
 */
export function parseKeyRow(stored: unknown): Result<KeyRow, string> {
  const parsed = v.safeParse(columns, stored, { abortEarly: true })
  if (!parsed.success) return err(String(parsed.issues[0].path?.[0].key ?? 'row'))
  const row = parsed.output
  return ok({
    kid: row.kid,
    issuer: row.issuer,
    alg: row.alg,
    publicJwk: row.public_jwk,
    createdAt: row.created_at,
    activateAt: row.activate_at,
    keyEncryptionKey: row.key_encryption_key,
    iv: row.iv,
    wrappedPrivateKey: row.wrapped_private_key,
  })
}
