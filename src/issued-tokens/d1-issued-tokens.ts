import {
  type Database,
  integerOf,
  type Parameter,
  query,
  type Row,
  type Statement,
  statement,
  textOf,
  textOrNull,
} from '../storage/database.ts'
import { type AccessTokenClaims, accessTokenClaims } from '../tokens/access-token.ts'
import { certificateConfirmation } from '../tokens/confirmation.ts'

/** The key under which a presented token is looked up. Nothing in it is verified. */
export type TokenKey =
  | { readonly format: 'opaque'; readonly sha256: string }
  | {
      readonly format: 'jwt'
      readonly jti: string
      readonly clientId: string
      /** The `kid` of its header. */
      readonly kid: string
    }

/** What the store knows about a caller and a token. Times are seconds since the epoch. */
export type TokenStatus = {
  /** Null if the client no longer exists. */
  readonly caller: Caller | null
  /** The client that the KEY named; null if it does not exist. */
  readonly holder: Holder | null
  /** The claims of an opaque token, or null. */
  readonly opaque: AccessTokenClaims | null
  /** Whether the `jti` of a JWT was revoked. */
  readonly revoked: boolean
  /** Whether the signing key of that `kid` is stored and not revoked. */
  readonly keyValid: boolean
}

/** The client that introspects. */
export type Caller = {
  readonly enabled: boolean
  /** The audiences whose tokens it may introspect. */
  readonly introspectionResources: readonly string[]
}

/** The client that a token was issued to. */
export type Holder = {
  readonly enabled: boolean
  /** Tokens issued then or earlier are not active. */
  readonly tokensRevokedBefore: number
}

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

/** Opaque tokens and revoked JWTs. Every method throws StoreUnavailable if D1 does not answer. */
export type IssuedTokenStore = ReturnType<typeof d1IssuedTokens>

/** The tokens in D1. Each method is one batch: one transaction, one round trip. */
export const d1IssuedTokens = (database: Database) => ({
  /** Keeps the claims of an opaque token. */
  async keep(sha256: string, claims: AccessTokenClaims): Promise<void> {
    await database.batch([statement(KEEP, sha256, ...toRow(claims))])
  },

  /** Everything that decides whether a token is active. */
  async status(callerId: string, key: TokenKey | null): Promise<TokenStatus> {
    const [caller, ...others] = await database.batch([statement(CALLER, callerId), ...queries(key)])
    const rows = others.map(([row]) => row)
    return { caller: callerOf(caller?.[0]), ...statusOf(key, rows) }
  },

  /** Revokes a JWT until it expires. Doing it again changes nothing. */
  async revokeJwt(
    { jti, clientId, exp }: { jti: string; clientId: string; exp: number },
    now: number,
  ): Promise<void> {
    await query(database, REVOKE_JWT, jti, clientId, Math.ceil(exp), now)
  },

  /**
   * Deletes an opaque token of a client.
   * @returns whether it is another client's and was kept; the `jti` of the deleted token
   */
  async revokeOpaque(
    sha256: string,
    clientId: string,
  ): Promise<{ readonly foreign: boolean; readonly jti: string | null }> {
    const [gone, left = []] = await database.batch([
      statement(REVOKE_OPAQUE, sha256, clientId),
      statement(OTHERS_OPAQUE, sha256),
    ])
    const jti = gone?.[0]?.jti
    return { foreign: left.length > 0, jti: typeof jti === 'string' ? jti : null }
  },

  /** Deletes expired rows, a bounded number; the next run deletes the rest. */
  async prune(now: number): Promise<void> {
    await database.batch([
      statement(pruneOf('revoked_tokens', 'jti'), now),
      statement(pruneOf('opaque_tokens', 'sha256'), now),
    ])
  },
})

/** The query for the holder's row, then that for the token's. */
function queries(key: TokenKey | null): readonly Statement[] {
  if (key === null) return []
  return key.format === 'opaque'
    ? [statement(HOLDER_OF_OPAQUE, key.sha256), statement(OPAQUE, key.sha256)]
    : [statement(HOLDER, key.clientId), statement(JWT, key.jti, key.kid)]
}

function statusOf(
  key: TokenKey | null,
  [holder, token]: readonly (Row | undefined)[],
): Omit<TokenStatus, 'caller'> {
  const opaque = key?.format === 'opaque' && token !== undefined
  return {
    holder: holderOf(holder),
    opaque: opaque ? claimsFromRow(token) : null,
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

/** The columns of `opaque_tokens` after `sha256`, in the order of KEEP. */
const toRow = (claims: AccessTokenClaims): Parameter[] => [
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
function claimsFromRow(row: Row): AccessTokenClaims | null {
  const [first, ...rest] = JSON.parse(textOf(row, 'aud'))
  if (typeof first !== 'string') return null
  const scope = textOf(row, 'scope')
  const thumbprint = textOrNull(row, 'thumbprint')
  return accessTokenClaims({
    issuer: textOf(row, 'issuer'),
    clientId: textOf(row, 'client_id'),
    audience: [first, ...rest],
    scope: scope === '' ? [] : scope.split(' '),
    now: integerOf(row, 'iat'),
    expiresAt: integerOf(row, 'exp'),
    // Throws for any other text: a token bound to something else must not become unbound.
    confirmation: thumbprint === null ? null : certificateConfirmation(thumbprint),
    jti: textOf(row, 'jti'),
  })
}
