import type { ExecutionContext } from '@cloudflare/workers-types'
import type { AuthenticationStores } from './authentication/authenticate-client.ts'
import type { VerificationStores } from './authentication/authentication-method.ts'
import { evidenceByHost } from './authentication/host-evidence.ts'
import { proxyRegistration } from './authentication/proxy-by-subject.ts'
import { verificationCache } from './authentication/verification-cache.ts'
import { describeSources } from './certificate/describe-sources.ts'
import { clientCache } from './clients/client-cache.ts'
import { type ClientStore, configuredClient, storedClients } from './clients/client-store.ts'
import { type Config, parseConfig } from './config.ts'
import { rateLimitExemptions } from './endpoints/rate-limit-exemptions.ts'
import { grantCache } from './grants/grant-cache.ts'
import { createApp } from './http/app.ts'
import { guard } from './http/guard.ts'
import { consoleLog, type Log, type LogLine } from './http/log.ts'
import { refusalOf } from './http/refusal-reply.ts'
import { routes } from './http/routes.ts'
import { d1IssuedTokens } from './issued-tokens/d1-issued-tokens.ts'
import { jwtVerifier } from './issued-tokens/presented-token.ts'
import { d1KeyStore } from './keys/d1-key-store.ts'
import { keyEventLevels } from './keys/key-events.ts'
import { type SigningKeys, signingKeys } from './keys/signing-keys.ts'
import type { Refusal } from './oauth/refusal.ts'
import { crlLookup } from './revocation/crl-lookup.ts'
import { crlLevelOf, maxSizeInWorker, refreshDue } from './revocation/refresh-crls.ts'
import { d1Database } from './storage/database.ts'
import { type DatedCopies, kvCopies } from './storage/dated-copy.ts'
import { StoreUnavailable } from './storage/store-unavailable.ts'

/** Clients, and unknown client_ids, in the cache of an isolate. */
const clientCacheCapacity = 5000
/** Unknown client_ids that an isolate looks up in ten seconds, in total and for one address. */
const unknownAllowed = 300
const unknownAllowedCaller = 10

/** In characters of the certificates and chains: some thousand partners. */
const verificationCacheCapacity = 24 * 1024 * 1024

/** Handles the Worker's events. */
export type Deployment = {
  fetch(request: Request, ctx: ExecutionContext): Response | Promise<Response>
  /** @param now seconds since the epoch */
  scheduled(now: number, ctx: ExecutionContext): Promise<void>
}

/** Builds the deployment for an environment. If the environment is invalid, every answer is 503. */
export function deploymentOf(env: Env, log: Log = consoleLog, clock = systemClock): Deployment {
  const config = parseConfig({ ...env })
  const problems = [...(config.ok ? [] : config.error), ...missingBindings(env)]
  if (!config.ok || problems.length > 0) return refusingDeployment(problems, log, clock)
  const copies = kvCopies(env.KV, config.value.staleIfError)
  const tokens = d1IssuedTokens(d1Database(env.DB))
  const keys = keysOf(env, config.value, copies, log)
  const verification = {
    verified: verificationCache(verificationCacheCapacity),
    crls: crlLookup(d1Database(env.DB)),
  }
  const { certificates } = config.value
  const sources = describeSources(certificates)
  log({ level: 'info', code: 'certificate_sources_configured', sources })
  const services = {
    issuer: config.value.issuer,
    tokenTtl: config.value.tokenTtl,
    evidence: evidenceByHost(certificates, proxyOf(env, config.value, verification)),
    clients: clientsOf(storedClients(d1Database(env.DB)), config.value, copies),
    ...verification,
    keys,
    tokens,
    verifyJwt: jwtVerifier(config.value.issuer),
    rateLimitExemptions: rateLimitExemptions(),
    grantCache: grantCache(),
    rates: { address: env.RATE_LIMIT_ADDRESS, client: env.RATE_LIMIT_CLIENT },
  }
  const hosts = new Set(certificates.sources.keys())
  const app = createApp({
    guard: (context) => guard(context, hosts),
    routes: routes(config.value, services),
    log,
    clock,
  })
  return {
    fetch: (request, ctx) => app.fetch(request, ctx),
    async scheduled(now, ctx) {
      const faults: unknown[] = []
      const report = (fault: unknown): void => {
        log(lineOf(refusalOf(fault)))
        faults.push(fault)
      }
      await keys.maintain({ now, defer: (work) => ctx.waitUntil(work) }).catch(report)
      const storeDown = faults[0] instanceof StoreUnavailable
      if (!storeDown) await tokens.prune(now).catch(report)
      if (!storeDown) await refreshLists(env, now, log).catch(report)
      if (faults.length > 0) throw faults[0] // the platform counts failed runs
    },
  }
}

const systemClock = (): number => Math.floor(Date.now() / 1000)

const bindings = ['DB', 'KV', 'RATE_LIMIT_ADDRESS', 'RATE_LIMIT_CLIENT'] as const

const missingBindings = (env: Env): string[] =>
  bindings
    .filter((name) => typeof env[name] !== 'object' || env[name] === null)
    .map((name) => `${name}: the binding is missing in wrangler.toml`)

function refusingDeployment(
  problems: readonly string[],
  log: Log,
  clock: () => number,
): Deployment {
  const refusal = { code: 'configuration_invalid', problems } as const
  const app = createApp({ guard: () => refusal, routes: [], log, clock })
  return {
    fetch: (request, ctx) => app.fetch(request, ctx),
    scheduled: async () => log(lineOf(refusal)),
  }
}

/** The log line of scheduled work that failed. */
const lineOf = ({ code, ...evidence }: Refusal): LogLine => ({ level: 'error', code, evidence })

const clientsOf = (store: ClientStore, config: Config, copies: DatedCopies) =>
  clientCache(store, copies, {
    fresh: config.clientMemory,
    staleIfError: config.staleIfError,
    capacity: clientCacheCapacity,
    unknownAllowed,
    unknownAllowedCaller,
  })

/** The stores of the proxy's own registration, if it is known by its subject. */
function proxyOf(
  env: Env,
  config: Config,
  verification: VerificationStores,
): AuthenticationStores | null {
  const certificate = config.certificates.proxy?.certificate
  if (certificate?.by !== 'subject') return null
  const registration = proxyRegistration(certificate.trustAnchorSet, certificate.subjectDn)
  const store = configuredClient(d1Database(env.DB), registration)
  // A client may have the same name.
  const copies = kvCopies(env.KV, config.staleIfError, 'proxy:')
  return { clients: clientsOf(store, config, copies), ...verification }
}

const refreshLists = (env: Env, now: number, log: Log): Promise<void> =>
  refreshDue(
    {
      database: d1Database(env.DB),
      now,
      maxSize: maxSizeInWorker,
      octetsPerBatch: 1 << 19,
      fetcher: (url, init) => fetch(url, init),
    },
    (event) => log({ level: crlLevelOf(event), ...event }),
  )

const keysOf = (env: Env, config: Config, copies: DatedCopies, log: Log): SigningKeys =>
  signingKeys({
    store: d1KeyStore(d1Database(env.DB)),
    issuer: config.issuer,
    signingAlg: config.signingAlg,
    keyEncryptionKeys: config.keyEncryptionKeys,
    copies,
    fresh: config.clientMemory,
    staleIfError: config.staleIfError,
    report: (event) => log({ level: keyEventLevels[event.code], ...event }),
  })
