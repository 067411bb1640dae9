import { tokenBinding } from '../authentication/token-binding.ts'
import { ok } from '../encoding/result.ts'
import { decideGrant } from '../grants/decide-grant.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { type FormServices, readAuthenticatedForm } from './authenticated-form.ts'
import { issueToken, type TokenIssuer } from './issue-token.ts'
import { type Endpoint, privateJson } from './reply.ts'

/** What the token endpoint needs. */
export type TokenServices = FormServices & TokenIssuer & { readonly keys: SigningKeys }

/**
 * `POST /token`. Each stage takes what the stage before it proved.
 * @throws StoreUnavailable if a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 8705 sections 2 and 3
 */
export const tokenEndpoint =
  (services: TokenServices): Endpoint =>
  async (context) => {
    const sent = await readAuthenticatedForm(services, context)
    if (!sent.ok) return sent
    const { client } = sent.value
    const binding = tokenBinding(client)
    if (!binding.ok) return binding
    const decided = decideGrant(sent.value, services.grantCache)
    const grant = decided instanceof Promise ? await decided : decided
    if (!grant.ok) return grant
    const { keys } = services
    const { signer } = keys.cached(context.now) ?? (await keys.current(context))
    const issued = await issueToken(client, grant.value, binding.value, services, signer, context)
    return ok(privateJson(issued.response, issued.record))
  }
