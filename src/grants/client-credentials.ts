import type { Client } from '../clients/client.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantRefusal } from '../oauth/refusal.ts'
import { isResource, maxResources } from '../oauth/resource.ts'
import { parseScope } from '../oauth/scope.ts'
import type { Grant, GrantModule } from './grant.ts'

/**
 * The client credentials grant: the client's own scopes and resources, or fewer. If scope is omitted, it
 * is every registered scope; if resource is omitted, it is the first registered one.
 * @see RFC 6749 sections 3.3 and 4.4, RFC 8707 section 2
 */
export const clientCredentials: GrantModule<'client_credentials', 'scope' | 'resource'> = {
  grantType: 'client_credentials',
  parameters: ['scope', 'resource'],
  cacheable: true,
  decide({ client }, parameters) {
    // RFC 6749 section 5.2, unauthorized_client: the client is registered for introspection only.
    if (client.resources.length === 0) {
      return err({ code: 'tokens_not_allowed', clientId: client.client_id })
    }
    const scope = grantedScope(client, parameters.get('scope')?.[0])
    if (!scope.ok) return scope
    const resources = grantedResources(client, parameters.get('resource') ?? [])
    return resources.ok ? ok({ scope: scope.value, resources: resources.value }) : resources
  },
}

function grantedScope(
  { client_id: clientId, scope: allowed }: Client,
  requested: string | undefined,
): Result<readonly string[], GrantRefusal> {
  if (requested === undefined) return ok(allowed)
  const scope = parseScope(requested)
  if (!scope.ok) return err({ code: 'scope_malformed', clientId, token: scope.error.token })
  const token = scope.value.find((wanted) => !allowed.includes(wanted))
  return token === undefined ? scope : err({ code: 'scope_not_allowed', clientId, token, allowed })
}

function grantedResources(
  { client_id: clientId, resources: allowed }: Client,
  requested: readonly string[],
): Result<Grant['resources'], GrantRefusal> {
  // Registered resources are well-formed: only the others need the check.
  const others = requested.filter((wanted) => !allowed.includes(wanted))
  const malformed = others.find((resource) => !isResource(resource))
  if (malformed !== undefined || requested.length > maxResources) {
    return err({ code: 'resource_malformed', clientId, resource: malformed ?? 'too many' })
  }
  const [resource] = others
  if (resource !== undefined) {
    return err({ code: 'resource_not_allowed', clientId, resource, allowed })
  }
  const [first, ...rest] = requested.length === 0 ? allowed.slice(0, 1) : new Set(requested)
  return first === undefined
    ? err({ code: 'resource_not_allowed', clientId, resource: 'none', allowed })
    : ok([first, ...rest])
}
