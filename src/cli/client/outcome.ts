import {
  type AddRefusal,
  type ChangedClient,
  type ChangeRefusal,
  type ClientRegistry,
  clientRegistry,
  describeClient,
} from '../../clients/client-registry.ts'
import type { ClientRecord } from '../../clients/client-row.ts'
import type { Result } from '../../encoding/result.ts'
import type { AuditedBy } from '../../storage/audit-row.ts'
import { unknownSet } from '../ca/read-cas.ts'
import { auditedBy } from '../command.ts'
import type { Context } from '../context.ts'
import type { DatabaseChoice } from '../database/database.ts'
import { done, type Outcome, refused } from '../outcome.ts'

/** How long isolates may use a cached client: docs of CLIENT_MEMORY and STALE_IF_ERROR. */
export const delay =
  'within 30 s everywhere; up to 300 s where D1 cannot be reached (STALE_IF_ERROR)'

/** The registry of the database that the options name, and who changes it. */
export async function openRegistry(
  options: DatabaseChoice & { readonly as: string | undefined },
  context: Context,
): Promise<{ readonly registry: ClientRegistry; readonly by: AuditedBy }> {
  const registry = clientRegistry(await context.open(options))
  return { registry, by: auditedBy(options, context) }
}

/** What a change of a client prints. */
export function outcomeOf(
  result: Result<ChangedClient, ChangeRefusal>,
  changed: (client: ChangedClient) => Outcome,
  unchanged: (client: ClientRecord) => Outcome = alreadySo,
): Outcome {
  if (result.ok) return changed(result.value)
  const refusal = result.error
  return refusal.why === 'unchanged' ? unchanged(refusal.client) : refusedBy(refusal)
}

const alreadySo = (client: ClientRecord): Outcome =>
  done([`${client.client_id} already has these values`], describeClient(client))

/** The refusal of the registry in words. */
export function refusedBy(
  refusal: AddRefusal | Exclude<ChangeRefusal, { why: 'unchanged' }>,
): Outcome {
  switch (refusal.why) {
    case 'invalid_metadata':
      return refused(refusal.problems, 'nothing was changed')
    case 'client_id_taken':
      return refused(
        `there is a client ${refusal.clientId} already`,
        `\`certbound client show ${refusal.clientId}\`; another client of that name needs --client-id`,
      )
    case 'subject_taken':
      return refused(
        `${refusal.holder} is registered with that subject: one subject of a set belongs to one client`,
        'register by another subject (--by), or under another set',
      )
    case 'trust_anchor_set_unknown':
      return unknownSet(refusal.set)
    case 'client_unknown':
      return unknownClient(refusal.clientId)
    case 'changed_meanwhile':
      return refused(`others keep changing ${refusal.clientId}: nothing was changed`, 'try again')
    case 'has_no_keys':
      return refused(
        `${refusal.client.client_id} authenticates by its subject, under the set ${refusal.client.trust_anchor_set}`,
        'every certificate of that subject that a CA of the set issued works: nothing to add or remove',
      )
    case 'too_many_keys':
      return refused(
        `${refusal.client.client_id} has ${refusal.count} certificates, the most that a client may have`,
        '`client remove-certificate` removes one',
      )
    case 'key_unknown':
      return refused(
        `${refusal.clientId} has no such certificate`,
        `\`certbound client show ${refusal.clientId}\` lists them`,
      )
    case 'last_key':
      return refused(
        `this is the only certificate of ${refusal.clientId}`,
        '`client add-certificate` first, or `client disable`',
      )
  }
}

/** There is no client of that client_id. */
export const unknownClient = (clientId: string): Outcome =>
  refused(`there is no client ${clientId}`, '`certbound client list` lists them')
