import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types'
import { fromStore } from '../storage/store-unavailable.ts'
import type { Caller, Holder, IssuedTokenStore, Standing, TokenKey } from './issued-token-store.ts'
import { claimsFromRow, type OpaqueTokenRow, toRow } from './opaque-token-row.ts'

const KEEP = `INSERT INTO opaque_tokens
    (sha256, issuer, client_id, jti, aud, scope, iat, exp, thumbprint)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`

const CALLER = 'SELECT enabled, introspection_resources FROM clients WHERE client_id = ?1'
const HOLDER = 'SELECT enabled, tokens_revoked_before FROM clients WHERE client_id = ?1'
const HOLDER_OF_OPAQUE = `SELECT c.enabled, c.tokens_revoked_before
  FROM opaque_tokens o JOIN clients c ON c.client_id = o.client_id WHERE o.sha256 = ?1`
const OPAQUE = 'SELECT * FROM opaque_tokens WHERE sha256 = ?1'
const JWT = `SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = ?1) AS revoked,
  EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?2 AND revoked_at IS NULL) AS key_stands`

const REVOKE_JWT = `INSERT INTO revoked_tokens (jti, client_id, exp, revoked_at)
  VALUES (?1, ?2, ?3, ?4) ON CONFLICT (jti) DO NOTHING`
const REVOKE_OPAQUE = `DELETE FROM opaque_tokens WHERE sha256 = ?1 AND client_id = ?2 RETURNING jti`
const OTHERS_OPAQUE = 'SELECT 1 FROM opaque_tokens WHERE sha256 = ?1'

/** Of each table, at most so many rows a run: a run a minute keeps up with 80 tokens a second. */
const prunedAtOnce = 5000
const pruneOf = (table: string, key: string): string => `DELETE FROM ${table} WHERE ${key} IN
  (SELECT ${key} FROM ${table} WHERE exp <= ?1 ORDER BY exp LIMIT ${prunedAtOnce})`

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

    async standing(callerId, key) {
      const [caller, ...about] = await batch(
        statement(CALLER, callerId),
        ...questions(key).map(([sql, ...values]) => statement(sql, ...values)),
      )
      const rows = about.map(({ results }) => results[0])
      return { caller: callerOf(caller?.results[0]), ...standingOf(key, rows) }
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

/** The holder's row is asked for first, then the token's. */
function questions(key: TokenKey | null): readonly (readonly [sql: string, ...string[]])[] {
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

function standingOf(
  key: TokenKey | null,
  [holder, token]: readonly (Row | undefined)[],
): Omit<Standing, 'caller'> {
  const opaque = key?.format === 'opaque' && token !== undefined
  return {
    holder: holderOf(holder),
    opaque: opaque ? claimsFromRow(token as OpaqueTokenRow) : null,
    // What was not answered counts against the token.
    revoked: token?.revoked !== 0,
    keyStands: token?.key_stands === 1,
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

/** A JSON array of texts; schema.sql holds nothing that is no JSON. */
function texts(json: unknown): readonly string[] {
  const list: unknown = JSON.parse(String(json))
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
}
