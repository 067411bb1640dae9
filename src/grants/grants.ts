import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import { err, type Result } from '../encoding/result.ts'
import { type Form, parameter } from '../oauth/form.ts'
import type { GrantRefusal } from '../oauth/refusal.ts'
import { clientCredentialsGrant } from './client-credentials.ts'
import type { Grant } from './grant.ts'

/** The grants of this server, by `grant_type`. */
const grants: ReadonlyMap<string, typeof clientCredentialsGrant> = new Map([
  ['client_credentials', clientCredentialsGrant],
])

/** What the client may have of what it asks for (RFC 6749 section 4). */
export function grantFor(client: AuthenticatedClient, form: Form): Result<Grant, GrantRefusal> {
  const grantType = parameter(form, 'grant_type')
  if (grantType === undefined) return err({ code: 'grant_type_missing' })
  const grant = grants.get(grantType)
  return grant === undefined
    ? err({ code: 'grant_type_unsupported', grantType })
    : grant(client, form)
}
