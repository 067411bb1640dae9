import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { toBase64url } from '../../../src/encoding/base64.ts'
import { utf8 } from '../../../src/encoding/bytes.ts'

/** The time of tests (seconds since the epoch). */
export const now = 1_800_000_000
export const issuer = 'https://as.example.com/tenant'
export const audience = 'https://api.example.com'
export const metadataUrl = 'https://as.example.com/.well-known/oauth-authorization-server/tenant'
export const keySetUrl = 'https://as.example.com/tenant/jwks'

/** A key of the issuer: both halves. */
export type IssuerKey = { readonly privateKey: CryptoKey; readonly jwk: JWK }

/** Makes a key as an issuer publishes it. */
export async function issuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A token's contents; undefined takes a member away. */
export type TokenChange = {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The claims of a good token. */
export const goodClaims = (thumbprint: string) => ({
  iss: issuer,
  sub: 'partner',
  client_id: 'partner',
  aud: audience,
  iat: now - 10,
  exp: now + 300,
  jti: 'one',
  scope: 'orders:read orders:write',
  cnf: { 'x5t#S256': thumbprint },
})

/** Signs a token; what the header says is not what the key is, where a test wants it so. */
export function signToken(
  { privateKey, jwk }: IssuerKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const whole = { typ: 'at+jwt', alg: jwk.alg ?? '', kid: jwk.kid ?? '', ...header }
  const { crit } = header
  const understood = Array.isArray(crit) ? Object.fromEntries(crit.map((name) => [name, true])) : {}
  return new SignJWT({ ...claims }).setProtectedHeader(whole).sign(privateKey, { crit: understood })
}

/** A token in compact form with any header and signature: what no library makes. */
export const forgedToken = (
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  signature: string,
): string => `${part(header)}.${part(claims)}.${signature}`

/** JSON in base64url. */
export const part = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)))

/** What answers for the issuer: a fetch, and what it was asked. */
export type IssuerWeb = {
  readonly asked: string[]
  /** What is at a URL; a function may throw or wait. */
  readonly pages: Map<string, () => Response | Promise<Response>>
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** An issuer on the web: its metadata and its keys. */
export function issuerWeb(keys: readonly JWK[]): IssuerWeb {
  const asked: string[] = []
  const pages: IssuerWeb['pages'] = new Map([
    [metadataUrl, () => Response.json({ issuer, jwks_uri: keySetUrl })],
    [keySetUrl, () => Response.json({ keys })],
  ])
  return {
    asked,
    pages,
    fetch: async (url) => {
      asked.push(url)
      const page = pages.get(url)
      return page === undefined ? new Response(null, { status: 404 }) : page()
    },
  }
}
