import { describe, expect, it } from 'vitest'
import { refusals } from '../../test/support/worker/refusals.ts'
import type { RefusalCode } from './refusal.ts'
import { invalidClientDescription, toWire } from './wire.ts'

/** What the caller gets for every code; the compiler knows when one is missing. */
const expected: Readonly<Record<RefusalCode, [status: number, error: string]>> = {
  host_unknown: [421, 'invalid_request'],
  transport_insecure: [403, 'invalid_request'],
  path_unknown: [404, 'invalid_request'],
  method_not_allowed: [405, 'invalid_request'],
  query_present: [400, 'invalid_request'],
  early_data: [425, 'invalid_request'],
  token_missing: [400, 'invalid_request'],
  introspection_not_allowed: [403, 'access_denied'],
  token_of_another_client: [400, 'invalid_grant'],
  rate_limited: [429, 'temporarily_unavailable'],
  content_type: [400, 'invalid_request'],
  body_too_large: [413, 'invalid_request'],
  form_malformed: [400, 'invalid_request'],
  parameter_repeated: [400, 'invalid_request'],
  client_id_conflict: [400, 'invalid_request'],
  authorization_malformed: [400, 'invalid_request'],
  authentication_methods: [400, 'invalid_request'],
  authentication_method: [401, 'invalid_client'],
  client_id_missing: [401, 'invalid_client'],
  client_unknown: [401, 'invalid_client'],
  client_disabled: [401, 'invalid_client'],
  certificate_missing: [401, 'invalid_client'],
  certificate_unreadable: [401, 'invalid_client'],
  certificate_too_large: [401, 'invalid_client'],
  certificate_chain_too_large: [401, 'invalid_client'],
  certificate_revoked_at_edge: [401, 'invalid_client'],
  certificate_not_yet_valid: [401, 'invalid_client'],
  certificate_expired: [401, 'invalid_client'],
  certificate_expiring: [401, 'invalid_client'],
  certificate_key: [401, 'invalid_client'],
  certificate_path: [401, 'invalid_client'],
  subject_mismatch: [401, 'invalid_client'],
  key_not_registered: [401, 'invalid_client'],
  proxy_unauthenticated: [401, 'invalid_client'],
  grant_type_missing: [400, 'invalid_request'],
  grant_type_unsupported: [400, 'unsupported_grant_type'],
  grant_type_not_allowed: [400, 'unauthorized_client'],
  binding_certificate_missing: [400, 'invalid_request'],
  tokens_not_allowed: [400, 'unauthorized_client'],
  scope_malformed: [400, 'invalid_scope'],
  scope_not_allowed: [400, 'invalid_scope'],
  resource_malformed: [400, 'invalid_target'],
  resource_not_allowed: [400, 'invalid_target'],
  configuration_invalid: [503, 'temporarily_unavailable'],
  schema_mismatch: [503, 'temporarily_unavailable'],
  client_record_invalid: [503, 'temporarily_unavailable'],
  store_unavailable: [503, 'temporarily_unavailable'],
  client_lookups_exhausted: [503, 'temporarily_unavailable'],
  fault: [500, 'server_error'],
}

const all = Object.values(refusals)

it.each(all)('$code', (refusal) => {
  const { status, error, description } = toWire(refusal)
  expect([status, error]).toEqual(expected[refusal.code])
  // RFC 6749 section 5.2: the characters of error and error_description.
  expect(error).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
})

describe('every failure to authenticate', () => {
  const failures = all.filter(({ code }) => expected[code][0] === 401)

  it.each(failures)('$code is the same answer', (refusal) => {
    expect(toWire(refusal)).toEqual({
      status: 401,
      error: 'invalid_client',
      description: invalidClientDescription,
    })
  })
})

describe('the headers that go with an answer', () => {
  it.each<[RefusalCode, Record<string, string>]>([
    ['method_not_allowed', { allow: 'POST' }],
    ['rate_limited', { 'retry-after': '10' }],
    ['store_unavailable', { 'retry-after': '2' }],
    ['configuration_invalid', { 'retry-after': '2' }],
  ])('%s', (code, headers) => expect(toWire(refusals[code]).headers).toEqual(headers))
})

describe('the response contains no evidence', () => {
  const secret = 'CONFIDENTIAL'
  // A response may name the methods of a path.
  const published = new Set(['code', 'allow'])

  it.each(all)('of $code', (refusal) => {
    const marked = Object.fromEntries(
      Object.entries(refusal).map(([name, value]) => [name, published.has(name) ? value : secret]),
    ) as typeof refusal
    expect(JSON.stringify(toWire(marked))).not.toContain(secret)
  })
})
