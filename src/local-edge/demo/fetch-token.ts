import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request as startRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { DemoPartner } from './partners.ts'

/** The answer to a token request. */
export type TokenAnswer = {
  /** The token endpoint of the mutual-TLS host. */
  readonly endpoint: string
  readonly status: number
  readonly text: string
}

/**
 * Gets a token as a partner does: reads the metadata on the ordinary host, then requests the token at
 * the alias for mutual TLS (RFC 8705 section 5) with the partner's certificate.
 * @param serverCa PEM
 */
export async function fetchToken(
  issuer: string,
  partner: DemoPartner,
  serverCa: string,
): Promise<TokenAnswer> {
  const endpoint = await tokenEndpoint(issuer, serverCa)
  const [cert, key] = await Promise.all([readFile(partner.cert), readFile(partner.key)])
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: partner.clientId,
  })
  const answer = await send(endpoint, { ca: serverCa, cert, key }, form.toString())
  return { endpoint, ...answer }
}

async function tokenEndpoint(issuer: string, ca: string): Promise<string> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  // RFC 8414 section 3.1: the well-known part comes before the issuer's path.
  const url = `${origin}/.well-known/oauth-authorization-server${path}`
  const { status, text: answer } = await send(url, { ca }, null)
  if (status !== 200) throw new Error(`${url} answered ${status}: ${answer.trim()}`)
  const metadata = JSON.parse(answer)
  const endpoint: unknown = metadata.mtls_endpoint_aliases?.token_endpoint
  if (typeof endpoint !== 'string') throw new Error(`${url} names no token endpoint for mutual TLS`)
  return endpoint
}

type Tls = { readonly ca: string; readonly cert?: Buffer; readonly key?: Buffer }

async function send(
  url: string,
  tls: Tls,
  form: string | null,
): Promise<{ readonly status: number; readonly text: string }> {
  const method = form === null ? 'GET' : 'POST'
  const headers = form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const request = startRequest(url, { ...tls, method, headers, agent: false })
  request.end(form ?? undefined)
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (response === undefined) throw new Error(`${url} did not answer`)
  return { status: response.statusCode ?? 0, text: await text(response) }
}
