import { err, ok, type Result } from '../encoding/result.ts'
import { authorizationScheme } from '../oauth/presented-credentials.ts'
import { readBounded } from '../outbound/bounded-body.ts'
import type { BearerRefusal } from './refusal.ts'

/** RFC 9110 section 9.2.1. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** RFC 6750 section 2.1: b64token. The length is checked later, with a refusal of its own. */
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Reads the token of a request from the Authorization header only. A token in the query or in a form is
 * refused: it has been in logs and browser histories (RFC 6750 section 5.3, RFC 9700 section 4.3.2), and
 * another component could read that token instead of the one verified here.
 */
export async function bearerToken(request: Request): Promise<Result<string, BearerRefusal>> {
  const { method, headers } = request
  // RFC 8470 section 5.1: early data can be replayed, so it must not change anything.
  if (headers.has('early-data') && !safeMethods.has(method))
    return err({ code: 'too_early', method })
  if (hasTokenInQuery(request.url)) return err({ code: 'token_in_query' })
  if (await hasTokenInForm(request)) return err({ code: 'token_in_body' })
  const authorization = headers.get('authorization')
  if (authorization === null) return err({ code: 'token_missing' })
  const token = bearer.exec(authorization)?.[1]
  if (token !== undefined) return ok(token)
  // Another scheme is another authentication method, which is not supported here.
  const isOtherScheme = authorizationScheme(authorization) !== 'bearer'
  return err({ code: isOtherScheme ? 'token_missing' : 'authorization_malformed' })
}

function hasTokenInQuery(url: string): boolean {
  if (!url.includes('?') || !URL.canParse(url)) return false
  return new URL(url).searchParams.has('access_token')
}

/** In octets. Longer forms are not searched. */
const maxFormSize = 65_536

/** RFC 6750 section 2.2: only a form can carry a token in its body. The handler still gets the body. */
async function hasTokenInForm(request: Request): Promise<boolean> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return false
  if (request.body === null || request.bodyUsed) return false
  const copy = request.clone().body
  const octets = copy === null ? null : await readBounded(copy, maxFormSize).catch(() => null)
  return octets !== null && new URLSearchParams(lenient.decode(octets)).has('access_token')
}

/** Replaces invalid UTF-8, as the handler's parser may do, so that it cannot hide a token. */
const lenient = new TextDecoder()
