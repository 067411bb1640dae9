import type { RateLimit } from '@cloudflare/workers-types'
import {
  type AuthenticationStores,
  authenticateClient,
} from '../authentication/authenticate-client.ts'
import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { HostEvidence } from '../authentication/host-evidence.ts'
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

/** What it takes to read a form and to authenticate its client. */
export type FormServices = AuthenticationStores & {
  /** By host, as in URL.host. */
  readonly evidence: (host: string) => HostEvidence
  readonly grantCache: GrantCache
  readonly rates: { readonly address: RateLimit; readonly client: RateLimit }
}

/** A form, and the client that sent it. */
export type AuthenticatedForm = SentForm & { readonly client: AuthenticatedClient }

/**
 * The first stages of every endpoint for clients. Each takes what the stage before it proved.
 * @throws StoreUnavailable if a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 7009 section 2.1, RFC 7662 section 2.1, RFC 8705 section 2
 */
export async function readAuthenticatedForm(
  services: FormServices,
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  if (context.target.query !== '') return queryPresent
  const source = services.evidence(context.target.host)
  const address = await source.address(context)
  const key = rateKey(address, context)
  // Before anything is read: bounds what unauthenticated requests cost.
  if (!(await withinRate(services.rates.address, key))) return err(overRate(key))
  if (!address.ok) return address
  const unverified = await readUnverified(source, services, context)
  return unverified.ok ? await authenticate(unverified.value, key, services, context) : unverified
}

/**
 * The same for an endpoint that a client calls for each request that it gets itself. A client that was
 * authenticated here within the last minute with the same certificate is limited by its own rate only. All
 * others are limited by address before they cost more than reading.
 */
export async function readFrequentForm(
  services: FormServices & { readonly rateLimitExemptions: RateLimitExemptions },
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  if (context.target.query !== '') return queryPresent
  const source = services.evidence(context.target.host)
  if (!source.readsCheaply) return readAuthenticatedForm(services, context)
  const exemptions = services.rateLimitExemptions
  const { now } = context
  const address = await source.address(context)
  const unverified = address.ok ? await readUnverified(source, services, context) : address
  const key = rateKey(address, context)
  const exempt = unverified.ok && isExempt(unverified.value, exemptions, now)
  if (!exempt && !(await withinRate(services.rates.address, key))) return err(overRate(key))
  if (!unverified.ok) return unverified
  const sent = await authenticate(unverified.value, key, services, context)
  if (sent.ok) {
    exemptions.add(sent.value.client.client.client_id, unverified.value.presented, now)
  }
  return sent
}

/** RFC 6749 section 3.2 and appendix B: parameters are sent in the body. */
const queryPresent = err({ code: 'query_present' } as const)

/** A form with its claimed client_id and presented certificate, before any of it is verified. */
type UnverifiedForm = SentForm & {
  readonly presented: PresentedCertificate
  readonly credentials: PresentedCredentials
}

async function readUnverified(
  source: HostEvidence,
  { grantCache }: FormServices,
  context: RequestContext,
): Promise<Result<UnverifiedForm, Refusal>> {
  const evidence = await source.read(context)
  if (!evidence.ok) return evidence
  const { presented, authorization } = evidence.value
  const sent = await readForm(context, grantCache)
  if (!sent.ok) return sent
  const { text, form } = sent.value
  const credentials = readPresentedCredentials(form, authorization)
  return credentials.ok
    ? ok({ presented, credentials: credentials.value, text, form })
    : credentials
}

const isExempt = (
  { presented, credentials: { clientId } }: UnverifiedForm,
  exemptions: RateLimitExemptions,
  now: number,
): boolean => clientId !== null && exemptions.has(clientId, presented, now)

async function authenticate(
  { presented, credentials, text, form }: UnverifiedForm,
  address: string,
  services: FormServices,
  context: RequestContext,
): Promise<Result<AuthenticatedForm, Refusal>> {
  const client = await authenticateClient(credentials, presented, services, context, address)
  if (!client.ok) return client
  // Counted after the authentication: no other sender can use up a client's rate.
  const key = client.value.client.client_id
  return (await withinRate(services.rates.client, key))
    ? ok({ client: client.value, text, form })
    : err({ code: 'rate_limited', by: 'client', key })
}

const overRate = (key: string): Refusal => ({ code: 'rate_limited', by: 'address', key })

/** If the proxy's authentication failed, requests are limited by the connecting IP address. */
const rateKey = (address: Result<string, ProxyRefusal>, context: RequestContext): string =>
  addressKey(address.ok ? address.value : addressOf(context))
