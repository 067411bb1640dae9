import { maxFormBytes, maxParameters } from './form.ts'
import type { Refusal } from './refusal.ts'

/** What the caller gets to see of a refusal. */
export type Wire = {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 421 | 425 | 429 | 500 | 503
  /** RFC 6749 section 5.2, RFC 8707 section 2, and their neighbours for what those do not name. */
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

/** One text for every failure to authenticate: all the usual causes, and never which one. */
export const invalidClientDescription =
  'client authentication failed: the usual causes are a missing, expired or wrong client ' +
  'certificate, a certificate chain sent without its intermediates, a certificate authority or ' +
  'subject other than the registered one, a missing or unknown client_id, and a host that does ' +
  'not ask for a certificate (see mtls_endpoint_aliases). The operator can look up the request_id'

const invalidClient: Wire = {
  status: 401,
  error: 'invalid_client',
  description: invalidClientDescription,
}

const unavailable: Wire = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'the service cannot answer now, try again later',
  headers: { 'retry-after': '2' },
}

const badRequest = (
  description: string,
  status: 400 | 403 | 404 | 405 | 413 | 421 | 425 = 400,
): Wire => ({
  status,
  error: 'invalid_request',
  description,
})

/**
 * Folds a refusal to the wire. Whatever concerns who the caller is folds into one answer
 * (RFC 6749 section 5.2); of the rest the caller learns what to mend.
 */
export function toWire(refusal: Refusal): Wire {
  switch (refusal.code) {
    case 'client_id_missing':
    case 'client_unknown':
    case 'client_disabled':
    case 'authentication_method':
    case 'certificate_missing':
    case 'certificate_unreadable':
    case 'certificate_too_large':
    case 'certificate_chain_too_large':
    case 'certificate_revoked_at_edge':
    case 'certificate_not_yet_valid':
    case 'certificate_expired':
    case 'certificate_expiring':
    case 'certificate_key':
    case 'certificate_path':
    case 'subject_mismatch':
    case 'key_not_registered':
    case 'proxy_unauthenticated':
      return invalidClient
    case 'configuration_invalid':
    case 'schema_mismatch':
    case 'client_record_invalid':
    case 'store_unavailable':
    case 'client_lookups_exhausted':
      return unavailable
    case 'fault':
      return { status: 500, error: 'server_error', description: 'the service failed' }
    case 'early_data':
      return badRequest('this could be a replay: repeat it after the TLS handshake', 425)
    case 'host_unknown':
      return badRequest('this host is not served here', 421)
    case 'transport_insecure':
      return badRequest('https with TLS 1.2 or newer is required', 403)
    case 'path_unknown':
      return badRequest('there is nothing at this path', 404)
    case 'method_not_allowed':
      return {
        ...badRequest(`only ${refusal.allow} is allowed here`, 405),
        headers: { allow: refusal.allow },
      }
    case 'body_too_large':
      return badRequest(`the body is larger than ${maxFormBytes} octets`, 413)
    case 'introspection_not_allowed':
      return {
        ...badRequest('this client is not registered for introspection', 403),
        error: 'access_denied',
      }
    case 'token_of_another_client':
      // RFC 6749 section 5.2: "was issued to another client"; RFC 7009 section 2.1.
      return { ...badRequest('the token was issued to another client'), error: 'invalid_grant' }
    case 'rate_limited':
      return {
        status: 429,
        error: 'temporarily_unavailable',
        description: 'too many requests, try again later',
        headers: { 'retry-after': '10' },
      }
    default:
      return requestToWire(refusal)
  }
}

/** The refusals of the request itself: RFC 6749 section 5.2 and RFC 8707 section 2. */
function requestToWire(refusal: BadRequest): Wire {
  switch (refusal.code) {
    case 'content_type':
      return badRequest('want Content-Type: application/x-www-form-urlencoded')
    case 'form_malformed':
      return badRequest(
        `the body is not a well-formed form of UTF-8 text with at most ${maxParameters} parameters`,
      )
    case 'parameter_repeated':
      return badRequest('a parameter is repeated')
    case 'query_present':
      return badRequest('parameters belong into the body, not into the query')
    case 'token_missing':
      return badRequest('token is missing')
    case 'client_id_conflict':
      return badRequest('client_id and the Authorization header name different clients')
    case 'authorization_malformed':
      return badRequest('the Authorization header is malformed')
    case 'authentication_methods':
      return badRequest(
        'more than one client authentication method: with a client certificate send no secret, ' +
          'no assertion and no other Authorization',
      )
    case 'grant_type_missing':
      return badRequest('grant_type is missing')
    case 'grant_type_unsupported':
      return {
        ...badRequest('only grant_type=client_credentials is supported'),
        error: 'unsupported_grant_type',
      }
    case 'grant_type_not_allowed':
      return {
        ...badRequest('this client is not registered for this grant_type'),
        error: 'unauthorized_client',
      }
    case 'binding_certificate_missing':
      return badRequest('the tokens of this client are bound: a client certificate is needed')
    case 'tokens_not_allowed':
      return {
        ...badRequest('this client is registered for introspection, and for no tokens of its own'),
        error: 'unauthorized_client',
      }
    case 'scope_malformed':
    case 'scope_not_allowed':
      return {
        ...badRequest('a requested scope is malformed or not one this client is registered for'),
        error: 'invalid_scope',
      }
    case 'resource_malformed':
    case 'resource_not_allowed':
      return {
        ...badRequest('a requested resource is malformed or not one this client is registered for'),
        error: 'invalid_target',
      }
  }
}

type BadRequest = Extract<
  Refusal,
  {
    code:
      | 'content_type'
      | 'form_malformed'
      | 'parameter_repeated'
      | 'query_present'
      | 'token_missing'
      | 'client_id_conflict'
      | 'authorization_malformed'
      | 'authentication_methods'
      | 'grant_type_missing'
      | 'grant_type_unsupported'
      | 'tokens_not_allowed'
      | 'grant_type_not_allowed'
      | 'binding_certificate_missing'
      | 'scope_malformed'
      | 'scope_not_allowed'
      | 'resource_malformed'
      | 'resource_not_allowed'
  }
>
