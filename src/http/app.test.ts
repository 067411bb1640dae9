import { createExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { InvalidClientRow } from '../clients/client-row.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { createApp } from './app.ts'
import { refusalOf } from './exchange.ts'
import type { LogLine } from './log.ts'
import { privateJson } from './respond.ts'

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

  it('is answered 500 without a word of it, and stands in the log', async () => {
    const lines: LogLine[] = []
    const app = createApp({
      hosts: new Set(['as.example.com']),
      routes: [
        {
          method: 'GET',
          path: '/broken',
          handler: () => {
            throw new TypeError('SELECT secret')
          },
        },
      ],
      log: (line) => lines.push(line),
      clock: () => 0,
    })
    const request = new Request('https://as.example.com/broken', { cf: { tlsVersion: 'TLSv1.3' } })
    const response = await app.fetch(request, createExecutionContext())
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
})

describe('a Host that makes a URL that is none', () => {
  it.each([
    ['https://localhost:99999/token', '421 host_unknown'],
    ['https://[:::::]/', '421 host_unknown'],
    ['https://256.256.256.256/x', '421 host_unknown'],
    ['https://as.example.com/token', '404 path_unknown'], // the twin
  ])('%s: %s', async (url, outcome) => {
    const lines: LogLine[] = []
    const app = createApp({
      hosts: new Set(['as.example.com']),
      routes: [],
      log: (line) => lines.push(line),
      clock: () => 0,
    })
    // The runtime hands such requests over, while none can be constructed.
    const request = { url, method: 'GET', headers: new Headers(), cf: { tlsVersion: 'TLSv1.3' } }
    const response = await app.fetch(request as Request, createExecutionContext())
    expect(`${response.status} ${lines[0]?.code}`).toBe(outcome)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
    expect(lines).toHaveLength(1)
  })
})

describe('a path', () => {
  it.each([
    ['/token', '200 answered'],
    ['/token?', '200 answered'],
    ['/token#x', '200 answered'],
    ['/./token', '404 path_unknown'],
    ['/x/../token', '404 path_unknown'],
    ['/x\\..\\token', '404 path_unknown'],
    ['/%2e/token', '404 path_unknown'],
    ['/%74oken', '404 path_unknown'],
    ['//token', '404 path_unknown'],
    ['/token/', '404 path_unknown'],
    ['\\token', '404 path_unknown'],
    ['?/token', '404 path_unknown'],
    ['', '404 path_unknown'],
  ])('%j is served in one spelling alone: %s', async (path, outcome) => {
    const lines: LogLine[] = []
    const app = createApp({
      hosts: new Set(['as.example.com']),
      routes: [{ method: 'GET', path: '/token', handler: () => ({ reply: privateJson({}) }) }],
      log: (line) => lines.push(line),
      clock: () => 0,
    })
    const url = `https://as.example.com${path}`
    const request = { url, method: 'GET', headers: new Headers(), cf: { tlsVersion: 'TLSv1.3' } }
    const response = await app.fetch(request as Request, createExecutionContext())
    expect(`${response.status} ${lines[0]?.code}`).toBe(outcome)
  })
})
