import { err, ok, type Result } from '../../encoding/result.ts'
import { audited } from '../../storage/audit-row.ts'
import {
  type Database,
  integerOf,
  type Row,
  type Statement,
  statement,
} from '../../storage/database.ts'
import type { Context } from '../context.ts'
import { type Outcome, refused } from '../outcome.ts'
import { type ClientRecord, describeClient, findClient } from './client-record.ts'

/** One kind of change to a client that exists. */
export type ClientChange = {
  /** What the audit row calls it: `client.disable`. */
  readonly what: string
  /** What becomes of a client; null removes it. An error is the reason to leave it as it is. */
  readonly edit: (before: ClientRecord) => Edited | Promise<Edited>
  /** Whether the tokens are revoked that it has got so far. */
  readonly revokesTokens?: true
}

/** What becomes of a client. */
export type Edited = Result<ClientRecord | null, Outcome>

// By the database's clock, and when the change is written: the one of this machine may lag, and with
// --remote seconds pass in between. What was revoked stays so.
const UPDATE = `
  UPDATE clients SET enabled = ?3, jwks = ?4, client_name = ?5, scope = ?6, resources = ?7,
    tls_client_certificate_bound_access_tokens = ?8, updated_at = ?9, version = version + 1,
    access_token_format = ?10, introspection_resources = ?11,
    tokens_revoked_before = max(tokens_revoked_before, CASE ?12 WHEN 1 THEN unixepoch() ELSE 0 END)
  WHERE client_id = ?1 AND version = ?2 RETURNING tokens_revoked_before`

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
      write(before, after, context.now, change.revokesTokens ?? false),
      audited({
        at: context.now,
        who,
        what: change.what,
        subject: clientId,
        before: describeClient(before),
        after: after === null ? null : describeClient(after),
      }),
    ])
    const [row] = changed ?? []
    if (row !== undefined)
      return ok({ before, after: after === null ? null : asWritten(after, row) })
  }
  return err(refused(`others keep changing ${clientId}: nothing was changed`, 'try again'))
}

const asWritten = (after: ClientRecord, row: Row): ClientRecord => ({
  ...after,
  tokens_revoked_before: integerOf(row, 'tokens_revoked_before'),
})

function write(
  before: ClientRecord,
  after: ClientRecord | null,
  now: number,
  revokesTokens: boolean,
): Statement {
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
    revokesTokens ? 1 : 0,
  )
}

/** There is no client of that identifier. */
export const unknownClient = (clientId: string): Outcome =>
  refused(`there is no client ${clientId}`, '`certbound client list` names them')
