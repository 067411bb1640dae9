import { err, ok, type Result } from '../../encoding/result.ts'
import { audited } from '../audit-row.ts'
import type { Context } from '../context.ts'
import { type Database, type Statement, statement } from '../database/database.ts'
import { type Outcome, refused } from '../outcome.ts'
import { type ClientRecord, describeClient, findClient } from './client-record.ts'

/** One kind of change to a client that exists. */
export type ClientChange = {
  /** What the audit row calls it: `client.disable`. */
  readonly what: string
  /** What becomes of a client; null removes it. An error is the reason to leave it as it is. */
  readonly edit: (before: ClientRecord) => Edited | Promise<Edited>
}

/** What becomes of a client. */
export type Edited = Result<ClientRecord | null, Outcome>

const UPDATE = `
  UPDATE clients SET enabled = ?3, jwks = ?4, client_name = ?5, scope = ?6, resources = ?7,
    tls_client_certificate_bound_access_tokens = ?8, updated_at = ?9, version = version + 1,
    access_token_format = ?10, introspection_resources = ?11,
    tokens_revoked_before = ?12
  WHERE client_id = ?1 AND version = ?2 RETURNING version`

const DELETE = 'DELETE FROM clients WHERE client_id = ?1 AND version = ?2 RETURNING version'

/** Two operators at one client are rare, and each attempt starts from what the other one left. */
const attempts = 5

/**
 * Changes a client, if nobody else has changed it since it was read: then the change is made anew
 * from what they left, so that no write is lost. The audit row is written in the same transaction.
 * @returns the client before and after, or the outcome that says why nothing was changed
 */
export async function changeClient(
  database: Database,
  context: Context,
  who: string,
  clientId: string,
  change: ClientChange,
): Promise<Result<{ before: ClientRecord; after: ClientRecord | null }, Outcome>> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await findClient(database, clientId)
    if (before === null) return err(unknownClient(clientId))
    const edited = await change.edit(before)
    if (!edited.ok) return edited
    const after = edited.value
    const [changed] = await database.batch([
      write(before, after, context.now),
      audited({
        at: context.now,
        who,
        what: change.what,
        subject: clientId,
        before: describeClient(before),
        after: after === null ? null : describeClient(after),
      }),
    ])
    if (changed?.length === 1) return ok({ before, after })
  }
  return err(refused(`others keep changing ${clientId}: nothing was changed`, 'try again'))
}

function write(before: ClientRecord, after: ClientRecord | null, now: number): Statement {
  const { client_id, version } = before
  if (after === null) return statement(DELETE, client_id, version)
  return statement(
    UPDATE,
    client_id,
    version,
    after.enabled ? 1 : 0,
    after.jwks,
    after.client_name,
    after.scope,
    after.resources,
    after.tls_client_certificate_bound_access_tokens,
    now,
    after.access_token_format,
    after.introspection_resources,
    after.tokens_revoked_before,
  )
}

/** There is no client of that identifier. */
export const unknownClient = (clientId: string): Outcome =>
  refused(`there is no client ${clientId}`, '`certbound client list` names them')
