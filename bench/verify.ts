import { type CryptoKey, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { toBase64 } from '../src/encoding/base64.ts'
import { ok } from '../src/encoding/result.ts'
import { type CertificateSource, createVerifier } from '../src/resource-server/index.ts'
import { thumbprint } from '../src/x509/index.ts'
import { mintChains } from './chains.ts'
import type { Contest, Side } from './harness/contest.ts'
import { contests, type Part } from './harness/part.ts'

const issuer = 'https://as.example.com'
const audience = 'https://api.example.com'

/** The number of partners, which call in turn. */
const partners = 16

const now = (): number => Math.floor(Date.now() / 1000)

export const verifyPart: Part = contests(
  'an access token, bound and checked against the certificate of its connection',
  async () => [await verifyContest('ES256')],
)

/** A request to an API with its token, and the header value of the terminator. */
type ApiRequest = { readonly token: string; readonly request: Request; readonly leaf: string }

async function verifyContest(alg: string): Promise<Contest> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg, use: 'sig' }
  const chains = await mintChains('ES256', partners, now())
  const requestsOf = (bound: boolean) =>
    Promise.all(
      chains.map(({ leaf }, i) => apiRequest(privateKey, alg, leaf, `partner-${i}`, bound)),
    )
  const bound = await requestsOf(true)
  return {
    title: `verify an access token, ${alg}`,
    sides: {
      certbound: certbound('certbound, bound token', bound, { keys: [jwk] }),
      unbound: certbound('certbound, unbound token', await requestsOf(false), { keys: [jwk] }),
      jose: jose(bound, publicKey, alg),
    },
    figures: [
      { name: 'verify_vs_jose', ours: 'certbound', theirs: 'jose', by: 'rate' },
      { name: 'verify_bound_vs_unbound', ours: 'certbound', theirs: 'unbound', by: 'cost' },
    ],
  }
}

async function apiRequest(
  key: CryptoKey,
  alg: string,
  leaf: Uint8Array,
  client: string,
  bound: boolean,
): Promise<ApiRequest> {
  const token = await new SignJWT({
    iss: issuer,
    sub: client,
    client_id: client,
    aud: audience,
    jti: crypto.randomUUID(),
    scope: 'orders:read orders:write',
    iat: now(),
    exp: now() + 3600,
    ...(bound ? { cnf: { 'x5t#S256': await thumbprint(leaf) } } : {}),
  })
    .setProtectedHeader({ typ: 'at+jwt', alg, kid: 'bench' })
    .sign(key)
  const request = new Request(`${audience}/orders`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { token, request, leaf: `:${toBase64(leaf)}:` }
}

/** The complete check of an API, with cached keys and certificates. */
function certbound(label: string, requests: readonly ApiRequest[], keys: object): Side {
  const presented = new Map(requests.map(({ request, leaf }) => [request, leaf]))
  const source: CertificateSource = (request) =>
    ok({
      kind: 'whole',
      chainTooLarge: false,
      raw: { leaf: presented.get(request) ?? '', chain: '' },
      decode: () => {
        const leaf = Buffer.from(presented.get(request)?.slice(1, -1) ?? '', 'base64')
        return ok({ leaf: new Uint8Array(leaf), chain: [] })
      },
    })
  const documents: Record<string, object> = {
    [`${issuer}/.well-known/oauth-authorization-server`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: keys,
  }
  const verify = createVerifier({
    issuer,
    audience,
    source,
    requireBound: false,
    fetch: async (url) => Response.json(documents[url]),
  })
  return {
    label,
    async run(times) {
      for (let i = 0; i < times; i++) {
        const { request } = turn(requests, i)
        const verified = await verify(request)
        if (!verified.ok) throw new Error(verified.error.code)
      }
    },
  }
}

/** Verifies the JWT only, without a certificate. */
const jose = (requests: readonly ApiRequest[], key: CryptoKey, alg: string): Side => ({
  label: 'jose, only jwtVerify',
  async run(times) {
    const expected = { issuer, audience, typ: 'at+jwt', algorithms: [alg] }
    for (let i = 0; i < times; i++) await jwtVerify(turn(requests, i).token, key, expected)
  },
})

function turn<T>(list: readonly T[], i: number): T {
  const taken = list[i % list.length]
  if (taken === undefined) throw new Error('an empty list')
  return taken
}
