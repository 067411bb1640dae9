import { fromBase64 } from '../encoding/base64.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { decodeFormText, type Form, parameter } from './form.ts'

/** Ways to authenticate that a request may use besides its certificate. This server has none of them. */
export type OtherMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_assertion'
  | 'authorization_header'

/** The client that a request names, and the other authentication methods that it uses. */
export type PresentedCredentials = {
  /** Null if the request names no client. */
  readonly clientId: string | null
  readonly otherMethods: readonly OtherMethod[]
}

/** The request contradicts itself about its client, or its Authorization header cannot be read. */
export type PresentedCredentialsRefusal =
  | { readonly code: 'client_id_conflict' }
  | { readonly code: 'authorization_malformed' }

/**
 * Reads which client a request names. An EMPTY secret, in `Authorization: Basic` or as
 * `client_secret=`, counts as not sent (RFC 6749 section 2.3.1): some libraries name the client so.
 * @param authorization the Authorization header, or null
 */
export function readPresentedCredentials(
  form: Form,
  authorization: string | null,
): Result<PresentedCredentials, PresentedCredentialsRefusal> {
  const otherMethods: OtherMethod[] = []
  const named = parameter(form, 'client_id') ?? null
  let clientId = named
  if (authorization !== null && authorizationScheme(authorization) === 'basic') {
    const basic = readBasic(authorization)
    if (basic === null) return err({ code: 'authorization_malformed' })
    // If both name a client, they must agree.
    if (named !== null && named !== basic.id) return err({ code: 'client_id_conflict' })
    clientId = basic.id
    if (basic.secret !== '') otherMethods.push('client_secret_basic')
  } else if (authorization !== null) {
    otherMethods.push('authorization_header')
  }
  if (form.has('client_secret')) otherMethods.push('client_secret_post')
  if (form.has('client_assertion') || form.has('client_assertion_type')) {
    otherMethods.push('client_assertion')
  }
  return ok({ clientId, otherMethods })
}

/** The scheme of an Authorization header in lower case (RFC 9110 section 11.1), or ''. */
export const authorizationScheme = (authorization: string): string =>
  (/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?= |$)/.exec(authorization)?.[0] ?? '').toLowerCase()

function readBasic(authorization: string): { id: string; secret: string } | null {
  const octets = fromBase64(authorization.slice('basic'.length).trim())
  const text = octets === null ? null : fromUtf8(octets)
  const colon = text?.indexOf(':') ?? -1
  if (text === null || colon < 0) return null
  // RFC 6749 section 2.3.1: both are form-encoded first.
  const id = decodeFormText(text.slice(0, colon))
  const secret = decodeFormText(text.slice(colon + 1))
  return id === null || id === '' || secret === null ? null : { id, secret }
}
