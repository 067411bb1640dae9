import { maxFormBytes, maxParameters } from './form.ts'
import { grantTypes } from './grant-types.ts'
import type { Refusal, RefusalCode } from './refusal.ts'

/** The part of a refusal that the caller gets. */
export type WireError = {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 421 | 425 | 429 | 500 | 503
  /** RFC 6749 section 5.2, RFC 8707 section 2, and similar codes for what those do not name. */
  readonly error:
    | 'invalid_request'
    | 'invalid_client'
    | 'invalid_scope'
    | 'invalid_target'
    | 'invalid_grant'
    | 'unauthorized_client'
    | 'access_denied'
    | 'unsupported_grant_type'
    | 'temporarily_unavailable'
    | 'server_error'
  readonly description: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One text for every authentication failure: it lists the usual causes and never says which one. */
export const invalidClientDescription =
  'client authentication failed: the usual causes are a missing, expired or wrong client ' +
  'certificate, a certificate chain sent without its intermediates, a certificate authority or ' +
  'subject other than the registered one, a missing or unknown client_id, and a host that does ' +
  'not ask for a certificate (see mtls_endpoint_aliases). The operator can look up the request_id'

const invalidClient: WireError = {
  status: 401,
  error: 'invalid_client',
  description: invalidClientDescription,
}

const unavailable: WireError = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'the service cannot answer now, try again later',
  headers: { 'retry-after': '2' },
}

const invalidRequest = (description: string, status: WireError['status'] = 400): WireError => ({
  status,
  error: 'invalid_request',
  description,
})

const badRequest = (error: WireError['error'], description: string): WireError => ({
  status: 400,
  error,
  description,
})

const invalidScope = badRequest(
  'invalid_scope',
  'a requested scope is malformed or not one this client is registered for',
)

const invalidTarget = badRequest(
  'invalid_target',
  'a requested resource is malformed or not one this client is registered for',
)

const wireErrors: Readonly<Record<Exclude<RefusalCode, 'method_not_allowed'>, WireError>> = {
  // The request is not one for this server.
  early_data: invalidRequest('this could be a replay: repeat it after the TLS handshake', 425),
  host_unknown: invalidRequest('this host is not served here', 421),
  transport_insecure: invalidRequest('https with TLS 1.2 or newer is required', 403),
  path_unknown: invalidRequest('there is nothing at this path', 404),
  rate_limited: {
    status: 429,
    error: 'temporarily_unavailable',
    description: 'too many requests, try again later',
    headers: { 'retry-after': '10' },
  },

  // The form (RFC 6749 section 3.2).
  query_present: invalidRequest('parameters belong into the body, not into the query'),
  content_type: invalidRequest('want Content-Type: application/x-www-form-urlencoded'),
  body_too_large: invalidRequest(`the body is larger than ${maxFormBytes} octets`, 413),
  form_malformed: invalidRequest(
    `the body is not a well-formed form of UTF-8 text with at most ${maxParameters} parameters`,
  ),
  parameter_repeated: invalidRequest('a parameter is repeated'),
  client_id_conflict: invalidRequest(
    'client_id and the Authorization header name different clients',
  ),
  authorization_malformed: invalidRequest('the Authorization header is malformed'),
  authentication_methods: invalidRequest(
    'more than one client authentication method: with a client certificate send no secret, ' +
      'no assertion and no other Authorization',
  ),
  token_missing: invalidRequest('token is missing'),

  // The client was not authenticated.
  client_id_missing: invalidClient,
  client_unknown: invalidClient,
  client_disabled: invalidClient,
  authentication_method: invalidClient,
  certificate_missing: invalidClient,
  certificate_unreadable: invalidClient,
  certificate_too_large: invalidClient,
  certificate_chain_too_large: invalidClient,
  certificate_revoked_at_edge: invalidClient,
  certificate_not_yet_valid: invalidClient,
  certificate_expired: invalidClient,
  certificate_expiring: invalidClient,
  certificate_key: invalidClient,
  certificate_path: invalidClient,
  subject_mismatch: invalidClient,
  key_not_registered: invalidClient,
  proxy_unauthenticated: invalidClient,

  // The grant (RFC 6749 section 5.2, RFC 8707 section 2).
  grant_type_missing: invalidRequest('grant_type is missing'),
  grant_type_unsupported: badRequest(
    'unsupported_grant_type',
    `only grant_type=${grantTypes.join(', ')} is supported`,
  ),
  grant_type_not_allowed: badRequest(
    'unauthorized_client',
    'this client is not registered for this grant_type',
  ),
  binding_certificate_missing: invalidRequest(
    'the tokens of this client are bound: a client certificate is needed',
  ),
  tokens_not_allowed: badRequest(
    'unauthorized_client',
    'this client is registered for introspection, and for no tokens of its own',
  ),
  scope_malformed: invalidScope,
  scope_not_allowed: invalidScope,
  resource_malformed: invalidTarget,
  resource_not_allowed: invalidTarget,

  // Introspection and revocation.
  introspection_not_allowed: {
    status: 403,
    error: 'access_denied',
    description: 'this client is not registered for introspection',
  },
  // RFC 6749 section 5.2: "was issued to another client"; RFC 7009 section 2.1.
  token_of_another_client: badRequest('invalid_grant', 'the token was issued to another client'),

  // The server itself.
  configuration_invalid: unavailable,
  schema_mismatch: unavailable,
  client_record_invalid: unavailable,
  store_unavailable: unavailable,
  client_lookups_exhausted: unavailable,
  fault: { status: 500, error: 'server_error', description: 'the service failed' },
}

/**
 * The answer to a refusal. Everything about who the caller is has one answer (RFC 6749 section 5.2); for
 * everything else the caller learns what to correct.
 */
export const toWire = (refusal: Refusal): WireError =>
  refusal.code === 'method_not_allowed'
    ? {
        ...invalidRequest(`only ${refusal.allow} is allowed here`, 405),
        headers: { allow: refusal.allow },
      }
    : wireErrors[refusal.code]
