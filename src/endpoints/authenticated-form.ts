import type { RateLimit } from '@cloudflare/workers-types'
import { authenticateClient, type KnownClients } from '../authentication/authenticate-client.ts'
import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { HostEvidence } from '../authentication/certificate-evidence.ts'
import type { Visit } from '../authentication/visit.ts'
import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantCache } from '../grants/grant-cache.ts'
import { type ClientCredentials, readClientCredentials } from '../oauth/client-credentials.ts'
import type { ProxyRefusal, Refusal } from '../oauth/refusal.ts'
import { addressKey, addressOf, withinRate } from '../storage/rate-limit.ts'
import type { RateLimitExemptions } from './rate-limit-exemptions.ts'
import { readForm, type SentForm } from './read-form.ts'

/** What it takes to know who sends a form. */
export type FormEndpoint = KnownClients & {
  /** By host, as in URL.host. */
  readonly evidence: (host: string) => HostEvidence
  readonly asked: GrantCache
  readonly rates: { readonly address: RateLimit; readonly client: RateLimit }
}

/** A form, and who sent it. */
export type AuthenticatedForm = SentForm & { readonly client: AuthenticatedClient }

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
  visit: Visit,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(host)
  const address = await source.address(request, visit)
  const caller = countedUnder(address, visit)
  // Bounds what strangers can cost, before anything is read.
  if (!(await withinRate(endpoint.rates.address, caller))) return err(overRate(caller))
  if (!address.ok) return address
  const said = await readSaid(request, source, endpoint, visit)
  return said.ok ? await authenticate(said.value, caller, endpoint, visit) : said
}

/**
 * The same for an endpoint that a client calls for every request of its own, thousands of times from one
 * address: who proved itself there within the last minute, by the same certificate, counts under its
 * client's rate alone. All others count under their address before they cost more than being read.
 */
export async function readFrequentForm(
  request: Request,
  host: string,
  endpoint: FormEndpoint & { readonly frequent: RateLimitExemptions },
  visit: Visit,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(host)
  if (!source.readsCheaply) return readAuthenticatedForm(request, host, endpoint, visit)
  const { frequent } = endpoint
  const address = await source.address(request, visit)
  const said = address.ok ? await readSaid(request, source, endpoint, visit) : address
  const caller = countedUnder(address, visit)
  const known = said.ok && isKnown(said.value, frequent, visit.now)
  if (!known && !(await withinRate(endpoint.rates.address, caller))) {
    return err(overRate(caller))
  }
  if (!said.ok) return said
  const sent = await authenticate(said.value, caller, endpoint, visit)
  if (sent.ok)
    frequent.remember(sent.value.client.client.client_id, said.value.presented, visit.now)
  return sent
}

/** What a request says, before anybody looks whether it is so. */
type Said = SentForm & {
  readonly presented: PresentedCertificate
  readonly credentials: ClientCredentials
}

async function readSaid(
  request: Request,
  source: HostEvidence,
  { asked }: FormEndpoint,
  visit: Visit,
): Promise<Result<Said, Refusal>> {
  const evidence = await source.read(request, visit)
  if (!evidence.ok) return evidence
  const { presented, authorization } = evidence.value
  const sent = await readForm(request, visit.headers, asked)
  if (!sent.ok) return sent
  const { text, form } = sent.value
  const credentials = readClientCredentials(form, authorization)
  return credentials.ok
    ? ok({ presented, credentials: credentials.value, text, form })
    : credentials
}

const isKnown = (
  { presented, credentials: { clientId } }: Said,
  frequent: RateLimitExemptions,
  now: number,
): boolean => clientId !== null && frequent.knows(clientId, presented, now)

async function authenticate(
  { presented, credentials, text, form }: Said,
  caller: string,
  endpoint: FormEndpoint,
  visit: Visit,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const client = await authenticateClient(credentials, presented, endpoint, visit, caller)
  if (!client.ok) return client
  // Counts only what a client itself sent: nobody can use up a partner's rate in its name.
  const key = client.value.client.client_id
  return (await withinRate(endpoint.rates.client, key))
    ? ok({ client: client.value, text, form })
    : err({ code: 'rate_limited', by: 'client', key })
}

const overRate = (key: string): Refusal => ({ code: 'rate_limited', by: 'address', key })

/** Who is not the proxy that he should be counts under his own address. */
const countedUnder = (address: Result<string, ProxyRefusal>, visit: Visit): string =>
  addressKey(address.ok ? address.value : addressOf(visit))
