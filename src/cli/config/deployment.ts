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

/** The secret that a deployment cannot do without. */
export const keySecret = 'KEY_ENCRYPTION_KEY'

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

const checkSecretIsNoVariable: Rule = ({ vars }) =>
  [keySecret, `${keySecret}_PREVIOUS`]
    .filter((name) => name in vars)
    .map((name) => `vars.${name}: a secret; put it with \`npx wrangler secret put ${name}\``)

const checkSecretIsRequired: Rule = ({ secrets }) =>
  secrets?.required?.includes(keySecret)
    ? []
    : [`secrets.required: want ${keySecret}, so that no deployment goes out without it`]

const checkHosts: Rule = ({ vars, routes }) => {
  const patterns = (routes ?? []).map((route) =>
    typeof route === 'string' ? route : route.pattern,
  )
  return ['ISSUER', 'MTLS_ORIGIN'].flatMap((name) => {
    const host = hostOf(vars[name])
    if (host === null) return []
    if (/(^|\.)example(\.(com|net|org))?$/.test(host)) return [`${name}: ${host} is a placeholder`]
    return patterns.some((pattern) => routeHost(pattern) === host)
      ? []
      : [`routes: none for ${host}, the host of ${name}`]
  })
}

const rules: readonly Rule[] = [
  checkHosts,
  checkOtherHosts,
  checkFetch,
  checkCron,
  checkVarsStay,
  checkDatabase,
  checkKv,
  checkRateLimits,
  checkSecretIsNoVariable,
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
