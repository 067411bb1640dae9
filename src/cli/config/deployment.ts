import { parseSourceSettings } from '../../certificate/source-settings.ts'
import { keySecret } from './secrets.ts'

/** What the checks look at of a wrangler configuration, as wrangler itself read it. */
export type Deployment = {
  readonly name?: string | undefined
  readonly vars: Readonly<Record<string, unknown>>
  readonly compatibility_flags: readonly string[]
  readonly workers_dev?: boolean | undefined
  readonly preview_urls?: boolean | undefined
  readonly keep_vars?: boolean | undefined
  readonly routes?: readonly (string | { readonly pattern: string })[] | undefined
  readonly triggers: { readonly crons?: readonly string[] | undefined }
  readonly d1_databases: readonly {
    readonly binding: string
    readonly database_id?: string | undefined
  }[]
  readonly kv_namespaces: readonly {
    readonly binding: string
    readonly id?: string | undefined
  }[]
  readonly ratelimits: readonly { readonly name: string }[]
  readonly secrets?: { readonly required?: readonly string[] | undefined } | undefined
}

/** One rule: what is wrong, a sentence each. */
type Rule = (deployment: Deployment) => readonly string[]

/**
 * Everything about a configuration that must not go out, a sentence each. The variables themselves
 * are for `parseConfig`.
 */
export const deploymentProblems = (deployment: Deployment): string[] =>
  rules.flatMap((rule) => rule(deployment))

const checkOtherHosts: Rule = ({ workers_dev, preview_urls }) => [
  ...(workers_dev === false
    ? []
    : ['workers_dev: want false, or the Worker answers on a host that asks for no certificate']),
  ...(preview_urls === false ? [] : ['preview_urls: want false, for the same reason']),
]

const checkFetch: Rule = ({ compatibility_flags }) =>
  compatibility_flags.includes('global_fetch_strictly_public')
    ? []
    : ['compatibility_flags: want global_fetch_strictly_public']

const checkCron: Rule = ({ triggers }) =>
  (triggers.crons ?? []).length > 0
    ? []
    : ['triggers.crons: want "* * * * *", or nobody does what `certbound key rotate` asks for']

const checkVarsStay: Rule = ({ keep_vars }) =>
  keep_vars === true
    ? ['keep_vars: want false, or variables set elsewhere would win over the ones checked here']
    : []

const checkDatabase: Rule = ({ d1_databases }) =>
  checkBinding(
    'd1_databases',
    'DB',
    d1_databases.map((one) => ({ name: one.binding, id: one.database_id })),
    'npx wrangler d1 create certbound',
  )

const checkKv: Rule = ({ kv_namespaces }) =>
  checkBinding(
    'kv_namespaces',
    'KV',
    kv_namespaces.map((one) => ({ name: one.binding, id: one.id })),
    'npx wrangler kv namespace create certbound',
  )

const checkRateLimits: Rule = ({ ratelimits }) =>
  ['RATE_LIMIT_ADDRESS', 'RATE_LIMIT_CLIENT']
    .filter((wanted) => !ratelimits.some(({ name }) => name === wanted))
    .map((name) => `ratelimits: no binding ${name}`)

const checkSecretIsRequired: Rule = ({ secrets }) =>
  secrets?.required?.includes(keySecret)
    ? []
    : [`secrets.required: want ${keySecret}, so that no deployment goes out without it`]

const checkHosts: Rule = (deployment) =>
  hostsOf(deployment).flatMap(({ name, host }) => {
    if (/(^|\.)example(\.(com|net|org))?$/.test(host)) return [`${name}: ${host} is a placeholder`]
    if (hasRoute(deployment, host) || isTerminators(deployment, name)) return []
    return [
      `routes: none for ${host}, ${name === 'CERTIFICATE_SOURCES' ? 'of' : 'the host of'} ${name}`,
    ]
  })

/** What is worth a look before it goes out, and may be right: a sentence each. */
export const deploymentAdvice = (deployment: Deployment): string[] =>
  hostsOf(deployment)
    .filter(({ name, host }) => isTerminators(deployment, name) && !hasRoute(deployment, host))
    .map(({ name, host }) => `${name}: no route for ${host}: its DNS must lead to your terminator`)

type Host = { readonly name: string; readonly host: string }

/** Every host that the variables name, without its port. */
function hostsOf({ vars }: Deployment): readonly Host[] {
  const named = ['ISSUER', 'MTLS_ORIGIN'].flatMap((name) => {
    const host = hostOf(vars[name])
    return host === null ? [] : [{ name, host }]
  })
  const further = [...namedHosts(vars).keys()].map((host) => ({
    name: 'CERTIFICATE_SOURCES',
    host,
  }))
  return [...named, ...further.filter(({ host }) => !named.some((one) => one.host === host))]
}

/** By host without its port; what is wrong in there is said by the parser of all variables. */
function namedHosts({ CERTIFICATE_SOURCES }: Deployment['vars']): ReadonlyMap<string, string> {
  const nobody = { issuer: null, mtls: null }
  const { sources } = parseSourceSettings({ CERTIFICATE_SOURCES }, nobody, [])
  return new Map([...sources].map(([host, name]) => [host.replace(/:\d+$/, ''), name]))
}

/** Partners may call a terminator, which calls the Worker by another of its hosts. */
const isTerminators = ({ vars }: Deployment, name: string): boolean =>
  name === 'MTLS_ORIGIN' &&
  [...namedHosts(vars)].some(
    ([host, source]) => source !== 'cloudflare' && host !== hostOf(vars.MTLS_ORIGIN),
  )

const hasRoute = ({ routes }: Deployment, host: string): boolean =>
  (routes ?? []).some(
    (route) => routeHost(typeof route === 'string' ? route : route.pattern) === host,
  )

const rules: readonly Rule[] = [
  checkHosts,
  checkOtherHosts,
  checkFetch,
  checkCron,
  checkVarsStay,
  checkDatabase,
  checkKv,
  checkRateLimits,
  checkSecretIsRequired,
]

function checkBinding(
  section: string,
  wanted: string,
  bindings: readonly { readonly name: string; readonly id: string | undefined }[],
  how: string,
): string[] {
  const binding = bindings.find(({ name }) => name === wanted)
  if (binding === undefined) return [`${section}: no binding ${wanted}`]
  return isPlaceholder(binding.id) ? [`${section} ${wanted}: fill in the id; \`${how}\``] : []
}

const isPlaceholder = (id: string | undefined): boolean =>
  id === undefined || !/[1-9a-f]/i.test(id) || /^[<{]|your|todo/i.test(id)

const hostOf = (value: unknown): string | null =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value).hostname : null

/** A route's pattern is a host, with a path or a star behind it or not. */
const routeHost = (pattern: string): string =>
  (pattern.replace(/^https?:\/\//, '').split('/')[0] ?? '').toLowerCase()
