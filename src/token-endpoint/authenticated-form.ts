import type { RateLimit } from '@cloudflare/workers-types'
import { authenticateClient, type KnownClients } from '../authentication/authenticate-client.ts'
import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { HostEvidence } from '../authentication/certificate-evidence.ts'
import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { type ClientCredentials, readClientCredentials } from '../oauth/client-credentials.ts'
import type { Form } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { Moment } from '../stores/moment.ts'
import { addressKey, connectingAddress, withinRate } from '../stores/rate-limit.ts'
import type { FrequentCallers } from './frequent-callers.ts'
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
  const said = await readSaid(request, source, moment)
  return said.ok ? authenticate(said.value, address.value, endpoint, moment) : said
}

/**
 * The same for an endpoint that a client calls for every request of its own, thousands of times from one
 * address: who proved itself there within the last minute, by the same certificate, counts under its
 * client's rate alone. All others count under their address before they cost more than being read.
 */
export async function readFrequentForm(
  request: Request,
  host: string,
  endpoint: FormEndpoint & { readonly frequent: FrequentCallers },
  moment: Moment,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(host)
  if (!source.readsCheaply) return readAuthenticatedForm(request, host, endpoint, moment)
  const { frequent } = endpoint
  const called = await source.address(request)
  const said = called.ok ? await readSaid(request, source, moment) : called
  const known = said.ok && isKnown(said.value, frequent, moment.now)
  const address =
    known && called.ok
      ? ok(addressKey(called.value))
      : await withinAddressRate(request, source, endpoint)
  if (!address.ok) return address
  if (!said.ok) return said
  const sent = await authenticate(said.value, address.value, endpoint, moment)
  if (sent.ok)
    frequent.remember(sent.value.client.client.client_id, said.value.presented, moment.now)
  return sent
}

/** What a request says, before anybody looks whether it is so. */
type Said = {
  readonly presented: PresentedCertificate
  readonly credentials: ClientCredentials
  readonly form: Form
}

async function readSaid(
  request: Request,
  source: HostEvidence,
  moment: Moment,
): Promise<Result<Said, Refusal>> {
  const evidence = await source.read(request, moment)
  if (!evidence.ok) return evidence
  const { presented, authorization } = evidence.value
  const form = await readForm(request)
  if (!form.ok) return form
  const credentials = readClientCredentials(form.value, authorization)
  if (!credentials.ok) return credentials
  return ok({ presented, credentials: credentials.value, form: form.value })
}

const isKnown = (
  { presented, credentials: { clientId } }: Said,
  frequent: FrequentCallers,
  now: number,
): boolean => clientId !== null && frequent.knows(clientId, presented, now)

async function authenticate(
  { presented, credentials, form }: Said,
  caller: string,
  endpoint: FormEndpoint,
  moment: Moment,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const client = await authenticateClient(credentials, presented, endpoint, { ...moment, caller })
  if (!client.ok) return client
  const rate = await withinClientRate(client.value, endpoint)
  return rate.ok ? ok({ client: client.value, form }) : rate
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
