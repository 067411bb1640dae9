import { describe, expect, it } from 'vitest'
import { deploymentAdvice, deploymentProblems, type WranglerConfig } from './wrangler-config.ts'

const good: WranglerConfig & Record<string, unknown> = {
  name: 'certbound',
  vars: { ISSUER: 'https://as.acme.net', MTLS_ORIGIN: 'https://mtls.acme.net' },
  compatibility_flags: ['global_fetch_strictly_public'],
  workers_dev: false,
  preview_urls: false,
  keep_vars: false,
  routes: [{ pattern: 'as.acme.net' }, 'https://mtls.acme.net/*'],
  triggers: { crons: ['* * * * *'] },
  d1_databases: [{ binding: 'DB', database_id: '7d1d1b1c-1111-4111-8111-111111111111' }],
  kv_namespaces: [{ binding: 'KV', id: '0f2ac74b498b48028cb68387c421e279' }],
  ratelimits: [{ name: 'RATE_LIMIT_ADDRESS' }, { name: 'RATE_LIMIT_CLIENT' }],
  secrets: { required: ['KEY_ENCRYPTION_KEY'] },
}

describe('deploymentProblems', () => {
  it('accepts a complete configuration', () => {
    expect(deploymentProblems(good)).toEqual([])
  })
  const cases: [name: string, change: Partial<typeof good>, problem: RegExp][] = [
    ['workers.dev is on', { workers_dev: true }, /^workers_dev: want false/],
    ['workers.dev is not mentioned', { workers_dev: undefined }, /^workers_dev: want false/],
    ['previews are on', { preview_urls: true }, /^preview_urls: want false/],
    ['variables of the dashboard are kept', { keep_vars: true }, /^keep_vars/],
    ['no strict fetch', { compatibility_flags: [] }, /global_fetch_strictly_public/],
    ['no cron', { triggers: {} }, /^triggers.crons/],
    ['a host without a route', { routes: ['as.acme.net'] }, /^routes: no route for mtls.acme.net/],
    [
      'a route for more than the host',
      { routes: ['*.acme.net/*', 'as.acme.net'] },
      /^routes: no route for mtls/,
    ],
    [
      'a placeholder host',
      { vars: { ...good.vars, ISSUER: 'https://as.example.com' } },
      /^ISSUER: as.example.com is a placeholder/,
    ],
    ['no D1', { d1_databases: [] }, /^d1_databases: no binding DB/],
    [
      'a placeholder id of D1',
      { d1_databases: [{ binding: 'DB', database_id: '00000000-0000-0000-0000-000000000000' }] },
      /^d1_databases: fill in the id of DB/,
    ],
    ['no id of KV', { kv_namespaces: [{ binding: 'KV' }] }, /^kv_namespaces: fill in the id of KV/],
    [
      'a missing rate limit',
      { ratelimits: [{ name: 'RATE_LIMIT_CLIENT' }] },
      /^ratelimits: no binding RATE_LIMIT_ADDRESS/,
    ],
    [
      'a further host without a route',
      { vars: { ...good.vars, CERTIFICATE_SOURCES: { 'up.acme.net:8443': 'nginx' } } },
      /^routes: no route for up.acme.net \(CERTIFICATE_SOURCES\)/,
    ],
    [
      'a further placeholder host, in JSON',
      { vars: { ...good.vars, CERTIFICATE_SOURCES: '{"up.example.com":"nginx"}' } },
      /^CERTIFICATE_SOURCES: up.example.com is a placeholder/,
    ],
    [
      'a host without a route, and no terminator',
      {
        routes: ['as.acme.net'],
        vars: { ...good.vars, CERTIFICATE_SOURCES: { 'as.acme.net': 'cloudflare' } },
      },
      /^routes: no route for mtls.acme.net/,
    ],
    ['a secret that is not required', { secrets: undefined }, /^secrets.required/],
  ]
  it.each(cases)('%s', (_, change, problem) => {
    expect(deploymentProblems({ ...good, ...change })).toEqual([expect.stringMatching(problem)])
  })
})

describe('deploymentAdvice', () => {
  const vars = { ...good.vars, CERTIFICATE_SOURCES: { 'as.acme.net': 'nginx' } }
  it('accepts a host without a route behind a terminator, with advice', () => {
    const behind = { ...good, vars, routes: ['as.acme.net'] }
    expect(deploymentProblems(behind)).toEqual([])
    expect(deploymentAdvice(behind)).toEqual([
      expect.stringMatching(/^MTLS_ORIGIN: no route for mtls.acme.net/),
    ])
  })
  it('has no advice if every host has its route', () => {
    expect(deploymentAdvice(good)).toEqual([])
    expect(deploymentAdvice({ ...good, vars })).toEqual([])
  })
})
