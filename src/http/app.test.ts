import { createExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { InvalidClientRow } from '../clients/client-row.ts'
import { ok } from '../encoding/result.ts'
import { privateJson } from '../endpoints/reply.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { createApp } from './app.ts'
import { guard } from './guard.ts'
import type { LogLine } from './log.ts'
import { refusalOf } from './refusal-reply.ts'
import type { Route } from './routes.ts'

describe('a fault', () => {
  const cause = new Error('D1_ERROR: x')
  it.each([
    [
      new StoreUnavailable('D1 did not answer', { cause }),
      'store_unavailable',
      'D1 did not answer: D1_ERROR: x',
    ],
    [new StoreUnavailable('D1 did not answer'), 'store_unavailable', 'D1 did not answer'],
    [
      new SchemaMismatch({ version: 2, compatibleFrom: 2 }),
      'schema_mismatch',
      new SchemaMismatch({ version: 2, compatibleFrom: 2 }).message,
    ],
    [new InvalidClientRow('client x: y'), 'client_record_invalid', 'client x: y'],
    [new TypeError('oops'), 'fault', expect.stringMatching(/^TypeError: oops\n/)],
    ['a text', 'fault', 'a text'],
    [undefined, 'fault', 'undefined'],
  ])('%s is %s', (fault, code, problem) => {
    expect(refusalOf(fault)).toEqual({ code, problem })
  })

  it('is answered 500 without its text, which is in the log', async () => {
    const { answer, lines } = appWith({
      method: 'GET',
      path: '/broken',
      endpoint: () => {
        throw new TypeError('SELECT secret')
      },
    })
    const response = await answer('https://as.example.com/broken')
    expect(response.status).toBe(500)
    const id = response.headers.get('x-request-id')
    expect(await response.json()).toEqual({
      error: 'server_error',
      error_description: 'the service failed',
      request_id: id,
    })
    expect(lines).toMatchObject([
      {
        level: 'error',
        code: 'fault',
        error: 'server_error',
        evidence: { problem: expect.stringContaining('SELECT secret') },
        request_id: id,
        status: 500,
      },
    ])
  })

  it('of a rejected promise is answered 500 as well', async () => {
    const endpoint = () => Promise.reject(new StoreUnavailable('D1 did not answer'))
    const { outcome } = appWith({ method: 'GET', path: '/broken', endpoint })
    expect(await outcome('https://as.example.com/broken')).toBe('503 store_unavailable')
  })
})

/** An app with one route, and the lines that it logs. */
function appWith(...routes: Route[]) {
  const lines: LogLine[] = []
  const hosts = new Set(['as.example.com'])
  const app = createApp({
    guard: (context) => guard(context, hosts),
    routes,
    log: (line) => lines.push(line),
    clock: () => 0,
  })
  const answer = async (url: string, change: object = {}): Promise<Response> => {
    // Some of these URLs cannot be given to the constructor of a Request, but the runtime passes them on.
    const cf = { tlsVersion: 'TLSv1.3' }
    const request = { url, method: 'GET', headers: new Headers(), cf, ...change }
    return app.fetch(request as Request, createExecutionContext())
  }
  const outcome = async (url: string, change: object = {}): Promise<string> => {
    lines.length = 0
    const { status } = await answer(url, change)
    expect(lines).toHaveLength(1)
    return `${status} ${lines[0]?.code}`
  }
  return { answer, outcome, lines }
}

const tokenRoute: Route = { method: 'POST', path: '/token', endpoint: () => ok(privateJson({})) }
const jwksRoute: Route = { method: 'GET', path: '/jwks', endpoint: () => ok(privateJson({})) }
const tokenUrl = 'https://as.example.com/token'

describe('a URL that cannot be parsed', () => {
  it.each([
    ['https://localhost:99999/token', '421 host_unknown'],
    ['https://[:::::]/', '421 host_unknown'],
    ['https://256.256.256.256/x', '421 host_unknown'],
    ['https://as.example.com/token', '404 path_unknown'], // the twin
  ])('%s: %s', async (url, expected) => {
    expect(await appWith().outcome(url)).toBe(expected)
  })
})

describe('a path is served in one spelling only', () => {
  it.each([
    ['/token', '200 answered'],
    ['/token?', '200 answered'],
    ['/token#x', '200 answered'],
    ['/./token', '404 path_unknown'],
    ['/x/../token', '404 path_unknown'],
    ['/x\\..\\token', '404 path_unknown'],
    ['/%2e/token', '404 path_unknown'],
    ['/%74oken', '404 path_unknown'],
    ['/token%2f', '404 path_unknown'],
    ['/%', '404 path_unknown'],
    ['//token', '404 path_unknown'],
    ['/token/', '404 path_unknown'],
    ['\\token', '404 path_unknown'],
    ['?/token', '404 path_unknown'],
    ['', '404 path_unknown'],
  ])('%j: %s', async (path, expected) => {
    const { outcome } = appWith(tokenRoute)
    expect(await outcome(`https://as.example.com${path}`, { method: 'POST' })).toBe(expected)
  })
})

describe('a method', () => {
  it.each([
    ['POST', '/token', '200 answered', null],
    ['GET', '/token', '405 method_not_allowed', 'POST'],
    ['HEAD', '/token', '405 method_not_allowed', 'POST'],
    ['OPTIONS', '/token', '405 method_not_allowed', 'POST'],
    ['GET', '/jwks', '200 answered', null],
    ['HEAD', '/jwks', '200 answered', null],
    ['POST', '/jwks', '405 method_not_allowed', 'GET, HEAD'],
    ['POST', '/other', '404 path_unknown', null],
  ])('%s %s: %s', async (method, path, expected, allow) => {
    const { answer, outcome } = appWith(tokenRoute, jwksRoute)
    const url = `https://as.example.com${path}`
    expect(await outcome(url, { method })).toBe(expected)
    expect((await answer(url, { method })).headers.get('allow')).toBe(allow)
  })
})

describe('the guard', () => {
  const headers = new Headers({ 'early-data': '0' })
  it.each([
    ['TLS 1.2', tokenUrl, { cf: { tlsVersion: 'TLSv1.2' } }, '200 answered'],
    ['TLS 1.1', tokenUrl, { cf: { tlsVersion: 'TLSv1.1' } }, '403 transport_insecure'],
    ['no TLS version', tokenUrl, { cf: {} }, '403 transport_insecure'],
    ['no cf', tokenUrl, { cf: undefined }, '403 transport_insecure'],
    ['http', 'http://as.example.com/token', {}, '403 transport_insecure'],
    ['another host', 'https://other.example.com/token', {}, '421 host_unknown'],
    ['another port', 'https://as.example.com:8443/token', {}, '421 host_unknown'],
    ['early data', tokenUrl, { headers }, '425 early_data'],
    [
      'early data on a host that is not served',
      'https://x.example/',
      { headers },
      '425 early_data',
    ],
    [
      'early data, no POST',
      'https://as.example.com/jwks',
      { headers, method: 'GET' },
      '200 answered',
    ],
  ])('%s', async (_, url, change, expected) => {
    const { outcome } = appWith(tokenRoute, jwksRoute)
    expect(await outcome(url, { method: 'POST', ...change })).toBe(expected)
  })

  it('comes before the routes', async () => {
    const { outcome } = appWith()
    expect(await outcome(tokenUrl, { cf: {} })).toBe('403 transport_insecure')
  })
})
