import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { toBase64url } from '../../../src/encoding/base64.ts'
import { utf8 } from '../../../src/encoding/bytes.ts'

/** The time of the tests, in seconds since the epoch. */
export const now = 1_800_000_000
export const issuer = 'https://as.example.com/tenant'
export const audience = 'https://api.example.com'
export const metadataUrl = 'https://as.example.com/.well-known/oauth-authorization-server/tenant'
export const keySetUrl = 'https://as.example.com/tenant/jwks'

/** A key pair of the issuer. */
export type IssuerKey = { readonly privateKey: CryptoKey; readonly jwk: JWK }

/** Generates a key pair with the JWK that the issuer publishes. */
export async function issuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Changes of a token. A member that is undefined is removed. */
export type TokenChange = {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The claims of a valid token. */
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

/** Signs a token. The header may contradict the key. */
export function signToken(
  { privateKey, jwk }: IssuerKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const fullHeader = { typ: 'at+jwt', alg: jwk.alg ?? '', kid: jwk.kid ?? '', ...header }
  const { crit } = header
  const understood = Array.isArray(crit) ? Object.fromEntries(crit.map((name) => [name, true])) : {}
  return new SignJWT({ ...claims })
    .setProtectedHeader(fullHeader)
    .sign(privateKey, { crit: understood })
}

/** A token in compact form with any header and signature, which no library would create. */
export const forgedToken = (
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  signature: string,
): string => `${part(header)}.${part(claims)}.${signature}`

/** JSON in base64url. */
export const part = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)))

/** A `fetch` that answers for the issuer, and the URLs it was called with. */
export type IssuerWeb = {
  readonly asked: string[]
  /** The response for a URL. The function may throw or wait. */
  readonly pages: Map<string, () => Response | Promise<Response>>
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Publishes the issuer's metadata and keys. */
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
