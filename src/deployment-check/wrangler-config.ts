import * as v from 'valibot'
import { parseSourceSettings } from '../certificate/source-settings.ts'
import { members, validate } from '../encoding/schema.ts'

/** What the checks read of a wrangler configuration, as wrangler itself parses it. */
export type WranglerConfig = {
  readonly vars: Readonly<Record<string, unknown>>
  readonly routes?: readonly (string | { readonly pattern: string })[] | undefined
}

/** The secret without which the Worker serves nothing. */
export const keySecret = 'KEY_ENCRYPTION_KEY'

/** An array with an element that fulfils a condition. */
const arrayWith = (isWanted: (element: unknown) => boolean, message: string) =>
  v.pipe(
    v.array(v.unknown(), message),
    v.check((elements) => elements.some(isWanted), message),
  )

const isPlaceholder = (id: unknown): boolean =>
  typeof id !== 'string' || !/[1-9a-f]/i.test(id) || /^[<{]|your|todo/i.test(id)

const field = (element: unknown, name: string): unknown =>
  v.is(v.looseObject({}), element) ? element[name] : undefined

const binding = (name: string, id: string, create: string) =>
  v.pipe(
    arrayWith((one) => field(one, 'binding') === name, `no binding ${name}`),
    arrayWith(
      (one) => field(one, 'binding') === name && !isPlaceholder(field(one, id)),
      `fill in the id of ${name}; \`${create}\``,
    ),
  )

const rateLimit = (name: string) =>
  arrayWith((one) => field(one, 'name') === name, `no binding ${name}`)

const otherHost = 'want false: that host asks for no client certificate'

const rules = members(
  {
    workers_dev: v.literal(false, otherHost),
    preview_urls: v.literal(false, otherHost),
    keep_vars: v.optional(
      v.literal(
        false,
        'want false: variables of the dashboard would replace the ones checked here',
      ),
    ),
    compatibility_flags: arrayWith(
      (flag) => flag === 'global_fetch_strictly_public',
      'want global_fetch_strictly_public',
    ),
    triggers: members(
      {
        crons: arrayWith(() => true, 'want "* * * * *": the cron does what `key rotate` requests'),
      },
      'want crons',
    ),
    d1_databases: binding('DB', 'database_id', 'npx wrangler d1 create certbound'),
    kv_namespaces: binding('KV', 'id', 'npx wrangler kv namespace create certbound'),
    ratelimits: v.pipe(rateLimit('RATE_LIMIT_ADDRESS'), rateLimit('RATE_LIMIT_CLIENT')),
    secrets: v.optional(
      members(
        {
          required: arrayWith(
            (name) => name === keySecret,
            `want ${keySecret}: then wrangler refuses a deployment without it`,
          ),
        },
        'want required',
      ),
      {},
    ),
  },
  'want a wrangler configuration',
)

/**
 * Checks everything but the variables, which `parseConfig` reads.
 * @returns what must not be deployed, a sentence each
 */
export function deploymentProblems(config: WranglerConfig): string[] {
  const read = validate(rules, config)
  return [...hostProblems(config), ...(read.ok ? [] : read.error)]
}

function hostProblems(config: WranglerConfig): string[] {
  return hostsOf(config).flatMap(({ name, host }) => {
    if (/(^|\.)example(\.(com|net|org))?$/.test(host)) return [`${name}: ${host} is a placeholder`]
    if (hasRoute(config, host) || isTerminator(config, name)) return []
    return [`routes: no route for ${host} (${name})`]
  })
}

/** What may be right and should be looked at before a deployment, a sentence each. */
export const deploymentAdvice = (config: WranglerConfig): string[] =>
  hostsOf(config)
    .filter(({ name, host }) => isTerminator(config, name) && !hasRoute(config, host))
    .map(({ name, host }) => `${name}: no route for ${host}: its DNS must lead to your terminator`)

type Host = { readonly name: string; readonly host: string }

/** Every host in the variables, without its port, with the name of the variable. */
function hostsOf({ vars }: WranglerConfig): readonly Host[] {
  const hosts: Host[] = []
  for (const name of ['ISSUER', 'MTLS_ORIGIN']) {
    const host = hostOf(vars[name])
    if (host !== null) hosts.push({ name, host })
  }
  for (const host of sourceHosts(vars).keys()) {
    if (!hosts.some((one) => one.host === host)) hosts.push({ name: 'CERTIFICATE_SOURCES', host })
  }
  return hosts
}

/** The sources of CERTIFICATE_SOURCES by host without port. `parseConfig` reports its problems. */
function sourceHosts({ CERTIFICATE_SOURCES }: WranglerConfig['vars']): ReadonlyMap<string, string> {
  const { sources } = parseSourceSettings({ CERTIFICATE_SOURCES }, { issuer: null, mtls: null }, [])
  return new Map([...sources].map(([host, name]) => [host.replace(/:\d+$/, ''), name]))
}

/** Partners may call a terminator, which calls the Worker by another host. */
const isTerminator = ({ vars }: WranglerConfig, name: string): boolean =>
  name === 'MTLS_ORIGIN' &&
  [...sourceHosts(vars)].some(
    ([host, source]) => source !== 'cloudflare' && host !== hostOf(vars.MTLS_ORIGIN),
  )

const hasRoute = ({ routes }: WranglerConfig, host: string): boolean =>
  (routes ?? []).some(
    (route) => routeHost(typeof route === 'string' ? route : route.pattern) === host,
  )

const hostOf = (value: unknown): string | null =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value).hostname : null

/** The host of a route pattern, which may have a scheme and a path. */
const routeHost = (pattern: string): string =>
  (pattern.replace(/^https?:\/\//, '').split('/')[0] ?? '').toLowerCase()
