import type { RateLimit } from '@cloudflare/workers-types'
import { authenticateClient, type KnownClients } from '../authentication/authenticate-client.ts'
import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { HostEvidence } from '../authentication/certificate-evidence.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { readClientCredentials } from '../oauth/client-credentials.ts'
import type { Form } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { Moment } from '../stores/moment.ts'
import { addressKey, connectingAddress, withinRate } from '../stores/rate-limit.ts'
import { readForm } from './read-form.ts'

/** What it takes to know who sends a form. */
export type FormEndpoint = KnownClients & {
  /** By host, as in URL.host. */
  readonly evidence: (host: string) => HostEvidence
  readonly rates: { readonly address: RateLimit; readonly client: RateLimit }
}

/** A form, and who sent it. */
export type AuthenticatedForm = { readonly client: AuthenticatedClient; readonly form: Form }

/**
 * The stages that every endpoint for clients begins with; each takes what the one before it proved.
 * @param host of its URL
 * @throws StoreUnavailable where a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 7009 section 2.1, RFC 7662 section 2.1, RFC 8705 section 2
 */
export async function readAuthenticatedForm(
  request: Request,
  host: string,
  endpoint: FormEndpoint,
  moment: Moment,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(host)
  const address = await withinAddressRate(request, source, endpoint)
  if (!address.ok) return address
  const evidence = await source.read(request, moment)
  if (!evidence.ok) return evidence
  const { presented, authorization } = evidence.value
  const form = await readForm(request)
  if (!form.ok) return form
  const credentials = readClientCredentials(form.value, authorization)
  if (!credentials.ok) return credentials
  const visit = { ...moment, caller: address.value }
  const client = await authenticateClient(credentials.value, presented, endpoint, visit)
  if (!client.ok) return client
  const rate = await withinClientRate(client.value, endpoint)
  if (!rate.ok) return rate
  return ok({ client: client.value, form: form.value })
}

/**
 * Bounds what strangers can cost, before anything is read. Proves the address that calls. Who is not
 * the proxy that he should be counts under his own.
 */
async function withinAddressRate(
  request: Request,
  source: HostEvidence,
  { rates }: FormEndpoint,
): Promise<Result<string, Refusal>> {
  const address = await source.address(request)
  const key = addressKey(address.ok ? address.value : connectingAddress(request))
  if (!(await withinRate(rates.address, key))) {
    return err({ code: 'rate_limited', by: 'address', key })
  }
  return address.ok ? ok(key) : address
}

/** Counts only what a client itself sent: nobody can use up a partner's rate in its name. */
async function withinClientRate(
  { client }: AuthenticatedClient,
  { rates }: FormEndpoint,
): Promise<Result<null, Refusal>> {
  const key = client.client_id
  return (await withinRate(rates.client, key))
    ? ok(null)
    : err({ code: 'rate_limited', by: 'client', key })
}
