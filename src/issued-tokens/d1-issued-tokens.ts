import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types'
import { fromStore } from '../storage/store-unavailable.ts'
import { type AccessTokenClaims, accessTokenClaims } from '../tokens/access-token.ts'
import { certificateConfirmation } from '../tokens/confirmation.ts'
import type {
  Caller,
  Holder,
  IssuedTokenStore,
  TokenKey,
  TokenStatus,
} from './issued-token-store.ts'

const KEEP = `INSERT INTO opaque_tokens
    (sha256, issuer, client_id, jti, aud, scope, iat, exp, thumbprint)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`

const CALLER = 'SELECT enabled, introspection_resources FROM clients WHERE client_id = ?1'
const HOLDER = 'SELECT enabled, tokens_revoked_before FROM clients WHERE client_id = ?1'
const HOLDER_OF_OPAQUE = `SELECT c.enabled, c.tokens_revoked_before
  FROM opaque_tokens o JOIN clients c ON c.client_id = o.client_id WHERE o.sha256 = ?1`
const OPAQUE = `SELECT issuer, client_id, jti, aud, scope, iat, exp, thumbprint
  FROM opaque_tokens WHERE sha256 = ?1`
const JWT = `SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = ?1) AS revoked,
  EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?2 AND revoked_at IS NULL) AS key_valid`

const REVOKE_JWT = `INSERT INTO revoked_tokens (jti, client_id, exp, revoked_at)
  VALUES (?1, ?2, ?3, ?4) ON CONFLICT (jti) DO NOTHING`
const REVOKE_OPAQUE = `DELETE FROM opaque_tokens WHERE sha256 = ?1 AND client_id = ?2 RETURNING jti`
const OTHERS_OPAQUE = 'SELECT 1 FROM opaque_tokens WHERE sha256 = ?1'

/** Rows of each table in one run. One run a minute keeps up with 80 tokens a second. */
const maxPruned = 5000
const pruneOf = (table: string, key: string): string => `DELETE FROM ${table} WHERE ${key} IN
  (SELECT ${key} FROM ${table} WHERE exp <= ?1 ORDER BY exp LIMIT ${maxPruned})`

type Row = Readonly<Record<string, unknown>>

/** The tokens in D1. Each method is one batch: one transaction, one round trip. */
export function d1IssuedTokens(db: D1Database): IssuedTokenStore {
  const statement = (sql: string, ...values: readonly unknown[]): D1PreparedStatement =>
    db.prepare(sql).bind(...values)
  const batch = (...statements: D1PreparedStatement[]) =>
    fromStore('D1', () => db.batch<Row>(statements))

  return {
    async keep(sha256, claims) {
      await batch(statement(KEEP, sha256, ...toRow(claims)))
    },

    async status(callerId, key) {
      const [caller, ...others] = await batch(
        statement(CALLER, callerId),
        ...queries(key).map(([sql, ...values]) => statement(sql, ...values)),
      )
      const rows = others.map(({ results }) => results[0])
      return { caller: callerOf(caller?.results[0]), ...statusOf(key, rows) }
    },

    async revokeJwt({ jti, clientId, exp }, now) {
      await batch(statement(REVOKE_JWT, jti, clientId, Math.ceil(exp), now))
    },

    async revokeOpaque(sha256, clientId) {
      const [gone, left] = await batch(
        statement(REVOKE_OPAQUE, sha256, clientId),
        statement(OTHERS_OPAQUE, sha256),
      )
      const jti = gone?.results[0]?.jti
      return {
        foreign: (left?.results.length ?? 0) > 0,
        jti: typeof jti === 'string' ? jti : null,
      }
    },

    async prune(now) {
      await batch(
        statement(pruneOf('revoked_tokens', 'jti'), now),
        statement(pruneOf('opaque_tokens', 'sha256'), now),
      )
    },
  }
}

/** The query for the holder's row, then that for the token's. */
function queries(key: TokenKey | null): readonly (readonly [sql: string, ...string[]])[] {
  if (key === null) return []
  return key.format === 'opaque'
    ? [
        [HOLDER_OF_OPAQUE, key.sha256],
        [OPAQUE, key.sha256],
      ]
    : [
        [HOLDER, key.clientId],
        [JWT, key.jti, key.kid],
      ]
}

function statusOf(
  key: TokenKey | null,
  [holder, token]: readonly (Row | undefined)[],
): Omit<TokenStatus, 'caller'> {
  const opaque = key?.format === 'opaque' && token !== undefined
  return {
    holder: holderOf(holder),
    opaque: opaque ? claimsFromRow(token as OpaqueTokenRow) : null,
    // A missing row counts against the token.
    revoked: token?.revoked !== 0,
    keyValid: token?.key_valid === 1,
  }
}

const callerOf = (row: Row | undefined): Caller | null =>
  row === undefined
    ? null
    : { enabled: row.enabled === 1, introspectionResources: texts(row.introspection_resources) }

const holderOf = (row: Row | undefined): Holder | null =>
  row === undefined
    ? null
    : { enabled: row.enabled === 1, tokensRevokedBefore: Number(row.tokens_revoked_before) }

/** Parses a JSON array of texts; the schema accepts only JSON. */
function texts(json: unknown): readonly string[] {
  const list: unknown = JSON.parse(String(json))
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
}

/** A row of `opaque_tokens`. */
type OpaqueTokenRow = {
  readonly issuer: string
  readonly client_id: string
  readonly jti: string
  readonly aud: string
  readonly scope: string
  readonly iat: number
  readonly exp: number
  readonly thumbprint: string | null
}

/** The columns in the order of that type. */
const toRow = (claims: AccessTokenClaims): readonly unknown[] => [
  claims.iss,
  claims.client_id,
  claims.jti,
  JSON.stringify([claims.aud].flat()),
  claims.scope ?? '',
  claims.iat,
  claims.exp,
  claims.cnf?.['x5t#S256'] ?? null,
]

/** Returns null for a row that this server does not write. */
function claimsFromRow(row: OpaqueTokenRow): AccessTokenClaims | null {
  const [first, ...rest] = JSON.parse(row.aud)
  if (typeof first !== 'string') return null
  return accessTokenClaims({
    issuer: row.issuer,
    clientId: row.client_id,
    audience: [first, ...rest],
    scope: row.scope === '' ? [] : row.scope.split(' '),
    now: row.iat,
    expiresAt: row.exp,
    // Throws for any other text: a token bound to something else must not become unbound.
    confirmation: row.thumbprint === null ? null : certificateConfirmation(row.thumbprint),
    jti: row.jti,
  })
}
