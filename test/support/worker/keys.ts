import type { D1Database } from '@cloudflare/workers-types'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { d1KeyStore } from '../../../src/keys/d1-key-store.ts'
import type { KeyEvent } from '../../../src/keys/key-events.ts'
import type { Keyring } from '../../../src/keys/keyring.ts'
import { type SigningKeysOptions, signingKeys } from '../../../src/keys/signing-keys.ts'
import { signingAlgs } from '../../../src/oauth/signing-algs.ts'
import type { RequestContext } from '../../../src/request-context.ts'
import { d1Database } from '../../../src/storage/database.ts'
import { noCopies } from '../../../src/storage/dated-copy.ts'
import { accessTokenClaims, signAccessToken } from '../../../src/tokens/access-token.ts'
import { certificateConfirmation } from '../../../src/tokens/confirmation.ts'
import { tokenExpiry } from '../../../src/tokens/expiry.ts'

export const issuer = 'https://as.example.com'
export const audience = 'https://api.example.com'

/** A key-encryption key of 32 equal octets. */
export const octets = (value: number) => new Uint8Array(32).fill(value)

/** One isolate of a Worker, its log, and its two entry points, which run at a given time. */
export interface TestWorker {
  readonly events: KeyEvent[]
  readonly codes: () => string[]
  at(now: number): Promise<Keyring>
  maintain(now: number): Promise<void>
}

/** Starts an isolate on a database, with the defaults of a deployment and changes. */
export function startWorker(db: D1Database, change: Partial<SigningKeysOptions> = {}): TestWorker {
  const events: KeyEvent[] = []
  const keys = signingKeys({
    store: d1KeyStore(d1Database(db)),
    copies: noCopies,
    issuer,
    signingAlg: 'ES256',
    keyEncryptionKeys: { current: octets(1), previous: null },
    fresh: 30,
    staleIfError: 300,
    report: (event) => events.push(event),
    ...change,
  })
  const run = async <T>(
    now: number,
    work: (context: Pick<RequestContext, 'now' | 'defer'>) => Promise<T>,
  ): Promise<T> => {
    const deferred: Promise<unknown>[] = []
    const result = await work({ now, defer: (later) => deferred.push(later) })
    await Promise.all(deferred)
    return result
  }
  return {
    events,
    codes: () => events.map(({ code }) => code),
    at: (now) => run(now, keys.current),
    maintain: (now) => run(now, keys.maintain),
  }
}

/** A token as the token endpoint issues it. */
export function issue(keyring: Keyring, now: number, ttl = 300): Promise<string> {
  const claims = accessTokenClaims({
    issuer,
    clientId: 'partner',
    audience: [audience],
    scope: ['read'],
    now,
    expiresAt: tokenExpiry({ now, ttl, notAfter: null }),
    confirmation: certificateConfirmation('A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'),
    jti: crypto.randomUUID(),
  })
  return signAccessToken(claims, keyring.signer)
}

/** Whether a resource server that only knows the published keys accepts a token. */
export async function accepts(keyring: Keyring, token: string, now: number): Promise<boolean> {
  const keys = createLocalJWKSet({ keys: keyring.published.map((jwk) => ({ ...jwk })) })
  const expected = { issuer, audience, typ: 'at+jwt', algorithms: [...signingAlgs] }
  return await jwtVerify(token, keys, { ...expected, currentDate: new Date(now * 1000) }).then(
    () => true,
    (error) => {
      const refusals = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWT_EXPIRED']
      if (refusals.includes(error.code)) return false
      throw error
    },
  )
}

/** The kids that a keyring publishes. */
export const kids = (keyring: Keyring): string[] => keyring.published.map(({ kid }) => kid)

/** Writes what `certbound key rotate` writes. */
export const askForKey = (db: D1Database, requestedAt: number, activateAt: number) =>
  db
    .prepare(
      `INSERT INTO key_intents (what, activate_at, requested_at) VALUES ('generate', ?1, ?2)`,
    )
    .bind(activateAt, requestedAt)
    .run()

/** Writes what `certbound key rewrap` writes. */
export const askForRewrap = (db: D1Database, requestedAt: number) =>
  db
    .prepare(`INSERT INTO key_intents (what, requested_at) VALUES ('rewrap', ?1)`)
    .bind(requestedAt)
    .run()

/** Writes what `certbound key revoke` writes. */
export const revoke = (db: D1Database, kid: string, now: number) =>
  db
    .prepare(
      `UPDATE signing_keys SET revoked_at = ?2, iv = NULL, wrapped_private_key = NULL
       WHERE kid = ?1 AND revoked_at IS NULL`,
    )
    .bind(kid, now)
    .run()
