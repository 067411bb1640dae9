import type { RateLimit } from '@cloudflare/workers-types'
import {
  type AuthenticationStores,
  authenticateClient,
} from '../authentication/authenticate-client.ts'
import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { HostEvidence } from '../authentication/certificate-evidence.ts'
import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantCache } from '../grants/grant-cache.ts'
import {
  type PresentedCredentials,
  readPresentedCredentials,
} from '../oauth/presented-credentials.ts'
import type { ProxyRefusal, Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { addressKey, addressOf, withinRate } from '../storage/rate-limit.ts'
import type { RateLimitExemptions } from './rate-limit-exemptions.ts'
import { readForm, type SentForm } from './read-form.ts'

/** What it takes to know who sends a form. */
export type FormEndpoint = AuthenticationStores & {
  /** By host, as in URL.host. */
  readonly evidence: (host: string) => HostEvidence
  readonly asked: GrantCache
  readonly rates: { readonly address: RateLimit; readonly client: RateLimit }
}

/** A form, and who sent it. */
export type AuthenticatedForm = SentForm & { readonly client: AuthenticatedClient }

/**
 * The stages that every endpoint for clients begins with; each takes what the one before it proved.
 * @throws StoreUnavailable where a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 7009 section 2.1, RFC 7662 section 2.1, RFC 8705 section 2
 */
export async function readAuthenticatedForm(
  endpoint: FormEndpoint,
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(context.target.host)
  const address = await source.address(context)
  const caller = countedUnder(address, context)
  // Bounds what strangers can cost, before anything is read.
  if (!(await withinRate(endpoint.rates.address, caller))) return err(overRate(caller))
  if (!address.ok) return address
  const said = await readSaid(source, endpoint, context)
  return said.ok ? await authenticate(said.value, caller, endpoint, context) : said
}

/**
 * The same for an endpoint that a client calls for every request of its own, thousands of times from one
 * address: who proved itself there within the last minute, by the same certificate, counts under its
 * client's rate alone. All others count under their address before they cost more than being read.
 */
export async function readFrequentForm(
  endpoint: FormEndpoint & { readonly frequent: RateLimitExemptions },
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const source = endpoint.evidence(context.target.host)
  if (!source.readsCheaply) return readAuthenticatedForm(endpoint, context)
  const { frequent } = endpoint
  const address = await source.address(context)
  const said = address.ok ? await readSaid(source, endpoint, context) : address
  const caller = countedUnder(address, context)
  const known = said.ok && isKnown(said.value, frequent, context.now)
  if (!known && !(await withinRate(endpoint.rates.address, caller))) {
    return err(overRate(caller))
  }
  if (!said.ok) return said
  const sent = await authenticate(said.value, caller, endpoint, context)
  if (sent.ok)
    frequent.remember(sent.value.client.client.client_id, said.value.presented, context.now)
  return sent
}

/** What a request says, before anybody looks whether it is so. */
type Said = SentForm & {
  readonly presented: PresentedCertificate
  readonly credentials: PresentedCredentials
}

async function readSaid(
  source: HostEvidence,
  { asked }: FormEndpoint,
  context: RequestContext,
): Promise<Result<Said, Refusal>> {
  const evidence = await source.read(context)
  if (!evidence.ok) return evidence
  const { presented, authorization } = evidence.value
  const sent = await readForm(context, asked)
  if (!sent.ok) return sent
  const { text, form } = sent.value
  const credentials = readPresentedCredentials(form, authorization)
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
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const client = await authenticateClient(credentials, presented, endpoint, context, caller)
  if (!client.ok) return client
  // Counts only what a client itself sent: nobody can use up a partner's rate in its name.
  const key = client.value.client.client_id
  return (await withinRate(endpoint.rates.client, key))
    ? ok({ client: client.value, text, form })
    : err({ code: 'rate_limited', by: 'client', key })
}

const overRate = (key: string): Refusal => ({ code: 'rate_limited', by: 'address', key })

/** Who is not the proxy that he should be counts under his own address. */
const countedUnder = (address: Result<string, ProxyRefusal>, context: RequestContext): string =>
  addressKey(address.ok ? address.value : addressOf(context))
