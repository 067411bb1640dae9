import { type CryptoKey, importJWK, type JWK } from 'jose'
import {
  createVerifier,
  refusalResponse,
  type VerifierOptions,
} from '../../../src/resource-server/index.ts'
import { callerAlg, callerHeader } from './caller-header.ts'
import { towardsOrigin, type Unforwardable } from './forward.ts'
import { signCaller } from './sign-caller.ts'

/** The variables of wrangler.toml, and the secret. */
export type GatewayEnv = {
  readonly ISSUER: string
  readonly AUDIENCE: string
  readonly ORIGIN: string
  readonly SCOPE?: string
  /** An Ed25519 private key as a JWK. */
  readonly CALLER_KEY: string
}

/** Serves a partner's request: verifies it, says so to the origin, hands back what that answers. */
export type Gateway = (request: Request) => Promise<Response>

/**
 * Makes the gateway that an environment describes.
 * @param send how the origin is asked
 * @throws TypeError where a variable is not sound
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
    ...{ issuer: env.ISSUER, audience: env.AUDIENCE, source: 'cloudflare' },
    ...{ scope: env.SCOPE ?? '', onRefusal: ({ code }) => console.log(JSON.stringify({ code })) },
    ...options,
  })
  return async (request) => {
    const token = await verify(request)
    if (!token.ok) return refusalResponse(token.error)
    const towards = await towardsOrigin(request, origin)
    if (!towards.ok) return refuse(towards.error)
    const forwarded = towards.value
    const signer = { issuer: new URL(request.url).origin, audience: origin.origin, key }
    const statement = await signCaller(token.value, forwarded, signer, now())
    forwarded.headers.set(callerHeader, statement)
    return askOrigin(forwarded, send)
  }
}

/** Only https: a statement that can be read on its way can be sent again. */
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

async function askOrigin(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    return await send(request)
  } catch (fault) {
    console.log(JSON.stringify({ code: 'origin_unreachable', problem: String(fault) }))
    const body = { error: 'bad_gateway', error_description: 'the API cannot be reached now' }
    return Response.json(body, { status: 502, headers: { 'cache-control': 'no-store' } })
  }
}

/** The secret's text never stands in a message: what JSON.parse says of it would hold some. */
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
