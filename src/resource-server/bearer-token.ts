import { readBounded } from '../encoding/bounded-body.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { authorizationScheme } from '../oauth/presented-credentials.ts'
import type { CredentialsRefusal } from './refusal.ts'

/** RFC 9110 section 9.2.1. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** RFC 6750 section 2.1: b64token. What is longer than any token is told apart later. */
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Takes the token of a request: of the Authorization header and from nowhere else. A token that was
 * sent in the query or in a form is refused, since it has been in logs and histories (RFC 6750
 * section 5.3, RFC 9700 section 4.3.2), and so that nobody may read another one than we do.
 */
export async function bearerToken(request: Request): Promise<Result<string, CredentialsRefusal>> {
  const { method, headers } = request
  // RFC 8470 section 5.1: a replayed request must not be the one that changes something.
  if (headers.has('early-data') && !safeMethods.has(method))
    return err({ code: 'too_early', method })
  if (hasTokenInQuery(request.url)) return err({ code: 'token_in_query' })
  if (await hasTokenInForm(request)) return err({ code: 'token_in_body' })
  const authorization = headers.get('authorization')
  if (authorization === null) return err({ code: 'token_missing' })
  const token = bearer.exec(authorization)?.[1]
  if (token !== undefined) return ok(token)
  // Another scheme is another way to authenticate: none that we know.
  const other = authorizationScheme(authorization) !== 'bearer'
  return err({ code: other ? 'token_missing' : 'authorization_malformed' })
}

function hasTokenInQuery(url: string): boolean {
  const question = url.indexOf('?')
  if (question < 0 || !URL.canParse(url)) return false
  return new URL(url).searchParams.has('access_token')
}

/** Longer forms are not looked through, in octets: such a token would be refused as a parameter. */
const maxForm = 65_536

/** RFC 6750 section 2.2: of a body only a form can carry a token. The handler gets the body whole. */
async function hasTokenInForm(request: Request): Promise<boolean> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return false
  if (request.body === null || request.bodyUsed) return false
  const copy = request.clone().body
  const octets = copy === null ? null : await readBounded(copy, maxForm).catch(() => null)
  return octets !== null && new URLSearchParams(lenient.decode(octets)).has('access_token')
}

/** Octets that are no UTF-8 elsewhere in a form hide no token: the handler's reader may replace them. */
const lenient = new TextDecoder()
