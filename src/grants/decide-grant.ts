import { err, ok, type Result } from '../encoding/result.ts'
import { parameter } from '../oauth/form.ts'
import { isGrantType } from '../oauth/grant-types.ts'
import type { GrantRefusal } from '../oauth/refusal.ts'
import { clientCredentials } from './client-credentials.ts'
import type { Grant, GrantModules, GrantRequest } from './grant.ts'
import type { GrantCache } from './grant-cache.ts'

/** The grants of this server. */
export const grantModules: GrantModules = { client_credentials: clientCredentials }

/**
 * Decides what a client is granted.
 * @param cache used only for grants with cacheable decisions
 * @returns the grant or why there is none; without a promise if the grant needs none
 * @see RFC 6749 section 5.2
 */
export function decideGrant(
  { client, text, form }: GrantRequest,
  cache: GrantCache,
  modules: GrantModules = grantModules,
): Result<Grant, GrantRefusal> | Promise<Result<Grant, GrantRefusal>> {
  const grantType = parameter(form, 'grant_type')
  if (grantType === undefined) return err({ code: 'grant_type_missing' })
  if (!isGrantType(grantType)) return err({ code: 'grant_type_unsupported', grantType })
  const { client_id: clientId, grant_types: allowed } = client.client
  if (!allowed.includes(grantType)) {
    return err({ code: 'grant_type_not_allowed', clientId, grantType })
  }
  const module = modules[grantType]
  if (!module.cacheable) return module.decide(client, form)
  const known = cache.grant(client.client, text)
  if (known !== null) return ok(known)
  const decided = module.decide(client, form)
  if (decided.ok) cache.store(text, form, client.client, decided.value)
  return decided
}
