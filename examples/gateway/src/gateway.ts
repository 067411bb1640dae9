import { type CryptoKey, importJWK, type JWK } from 'jose'
import {
  createVerifier,
  refusalResponse,
  type VerifierOptions,
} from '../../../src/resource-server/index.ts'
import { callerAlg, callerHeader } from './caller-header.ts'
import { requestToOrigin, type Unforwardable } from './forward.ts'
import { signCaller } from './sign-caller.ts'

/** The variables of wrangler.toml, and one secret. */
export type GatewayEnv = {
  readonly ISSUER: string
  readonly AUDIENCE: string
  readonly ORIGIN: string
  readonly SCOPE?: string
  /** An Ed25519 private key as a JWK. */
  readonly CALLER_KEY: string
}

/** Serves a request: verifies it, forwards it with a statement of the caller, returns the response. */
export type Gateway = (request: Request) => Promise<Response>

/**
 * Makes the gateway that an environment describes.
 * @param send sends a request to the origin
 * @throws TypeError if a variable is not valid
 */
export async function gatewayOf(
  env: GatewayEnv,
  send: (request: Request) => Promise<Response> = (request) => fetch(request),
  options: Partial<VerifierOptions> = {},
): Promise<Gateway> {
  const now = options.now ?? systemClock
  const origin = originOf(env.ORIGIN)
  const key = await callerKey(env.CALLER_KEY)
  const verify = createVerifier({
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    source: 'cloudflare',
    scope: env.SCOPE ?? '',
    onRefusal: ({ code }) => console.log(JSON.stringify({ code })),
    ...options,
  })
  return async (request) => {
    const token = await verify(request)
    if (!token.ok) return refusalResponse(token.error)
    const outgoing = await requestToOrigin(request, origin)
    if (!outgoing.ok) return refuse(outgoing.error)
    const forwarded = outgoing.value
    const signer = { issuer: new URL(request.url).origin, audience: origin.origin, key }
    const statement = await signCaller(token.value, forwarded, signer, now())
    forwarded.headers.set(callerHeader, statement)
    return sendToOrigin(forwarded, send)
  }
}

/** Only https: anyone who can read a statement in transit can replay it. */
function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' || url.username + url.password + url.search + url.hash !== '') {
    throw new TypeError('ORIGIN: want an https URL without user, query and fragment')
  }
  return url
}

function refuse({ code, status, description }: Unforwardable): Response {
  console.log(JSON.stringify({ code }))
  const body = { error: 'invalid_request', error_description: description }
  const allow = status === 405 ? { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' } : {}
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...allow } })
}

const systemClock = (): number => Math.floor(Date.now() / 1000)

async function sendToOrigin(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    return await send(request)
  } catch (error) {
    console.log(JSON.stringify({ code: 'origin_unreachable', problem: String(error) }))
    const body = { error: 'bad_gateway', error_description: 'the API cannot be reached now' }
    return Response.json(body, { status: 502, headers: { 'cache-control': 'no-store' } })
  }
}

/** The message must not contain the secret: the error message of JSON.parse would. */
async function callerKey(text: string): Promise<CryptoKey> {
  const key = await importJWK(parsedKey(text), callerAlg).catch(() => null)
  if (key === null || key instanceof Uint8Array || key.type !== 'private') {
    throw new TypeError('CALLER_KEY: want an Ed25519 private key as a JWK')
  }
  return key
}

function parsedKey(text: string): JWK {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
