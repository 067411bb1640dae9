import {
  answerIntrospection,
  type Introspected,
  type IssuedTokensEndpoint,
} from '../endpoints/introspect.ts'
import { introspectionJwtType, signIntrospection } from '../endpoints/introspection-jwt.ts'
import { answerRevocation } from '../endpoints/revoke.ts'
import { asksFor } from './accept.ts'
import type { Handler } from './exchange.ts'
import { negotiated, privateJson } from './respond.ts'

/** `POST /introspect` (RFC 7662), signed where the caller asks for that (RFC 9701). */
export const introspectionHandler =
  (endpoint: IssuedTokensEndpoint): Handler =>
  async (context) => {
    if (context.target.query !== '') return { refusal: { code: 'query_present' } }
    const answered = await answerIntrospection(endpoint, context)
    if (!answered.ok) return { refusal: answered.error }
    // RFC 9701 section 4.
    const signed = asksFor(introspectionJwtType, context.headers.get('accept'))
    const reply = signed
      ? negotiated(
          await signIntrospection(answered.value, endpoint.issuer, context.now),
          introspectionJwtType,
        )
      : negotiated(JSON.stringify(answered.value.body), 'application/json')
    return { reply, record: recordOf(answered.value, signed) }
  }

const recordOf = ({ clientId, body, why }: Introspected, signed: boolean) => ({
  ...{ code: 'token_introspected', client_id: clientId, active: body.active, why, signed },
  jti: body.active ? body.jti : null,
})

/** `POST /revoke` (RFC 7009). */
export const revocationHandler =
  (endpoint: IssuedTokensEndpoint): Handler =>
  async (context) => {
    if (context.target.query !== '') return { refusal: { code: 'query_present' } }
    const revoked = await answerRevocation(endpoint, context)
    if (!revoked.ok) return { refusal: revoked.error }
    const { clientId, jti } = revoked.value
    // RFC 7009 section 2.2: the status says it all.
    return {
      reply: privateJson({}),
      record: { code: 'token_revoked', client_id: clientId, jti },
    }
  }
