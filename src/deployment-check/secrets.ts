import { headerSources } from '../certificate/header-sources.ts'
import { isBasic, isUnset, parseSourceSettings } from '../certificate/source-settings.ts'
import { parseConfig, unknownVariable } from '../config.ts'
import { keySecret, type WranglerConfig } from './wrangler-config.ts'

const headerSecret = 'CERTIFICATE_HEADER'
const credentialSecret = 'PROXY_CREDENTIAL'
const previousCredential = `${credentialSecret}_PREVIOUS`

/** Placeholder values that `parseConfig` accepts, since secrets are not in wrangler.toml. */
const placeholders: Readonly<Record<string, string>> = {
  [keySecret]: 'A'.repeat(43),
  [`${keySecret}_PREVIOUS`]: 'A'.repeat(43),
  [headerSecret]: 'Stand-In-9f4b23b8414147a7df8584cb7e6e4b93',
  // Valid as HTTP Basic and by themselves.
  [credentialSecret]: 'stand-in:f2f3a802ea4dbd08af347130118c9851f5c7',
  [previousCredential]: 'stand-in:9851f5c7f347130118cf2f3a802ea4dbd08a',
}

/** The variables of the Worker that are secrets and must not be in wrangler.toml. */
export const secretNames: readonly string[] = Object.keys(placeholders)

/** Placeholder values for some secrets. */
export const placeholderSecrets = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(placeholders).filter(([name]) => names.includes(name)))

/** A secret that the variables need, why, and the command that makes one. */
export type NeededSecret = { readonly name: string; readonly why: string; readonly how: string }

/** Which secrets the variables need. */
export type SecretNeeds = {
  readonly needed: readonly NeededSecret[]
  /** What would be better, or is not used: a sentence each. */
  readonly advice: readonly string[]
}

/**
 * Finds out which secrets the variables need.
 * @param known the names of the secrets that are set; null if they are not known
 */
export function secretNeeds(
  { vars }: WranglerConfig,
  known: readonly string[] | null,
): SecretNeeds {
  const issuer = hostOf(vars.ISSUER)
  const hosts = { issuer, mtls: hostOf(vars.MTLS_ORIGIN) ?? issuer }
  const { sources } = parseSourceSettings(vars, hosts, []) // `parseConfig` reports the problems.
  const headers = [...new Set(sources.values())].filter((name) => name !== 'cloudflare')
  const needed = [{ name: keySecret, why: '', how: 'certbound key-encryption-key generate' }]
  if (headers.length === 0) return { needed, advice: unusedSecrets(known) }

  const nameOnly = !isUnset(vars.CERTIFICATE_HEADER_ALONE)
  const hasProxyCertificate = !(
    isUnset(vars.PROXY_CERTIFICATES) && isUnset(vars.PROXY_TRUST_ANCHOR_SET)
  )
  // Both variables have a meaning only with a credential.
  const usesCredential = !(
    isUnset(vars.PROXY_CREDENTIAL_HEADER) && isUnset(vars.PROXY_ADDRESS_HEADER)
  )
  if (usesCredential || !(hasProxyCertificate || nameOnly)) {
    const user = isBasic(vars.PROXY_CREDENTIAL_HEADER) ? ' --user NAME' : ''
    const why = `anyone could send the header of ${headers.join(', ')}`
    needed.push({ name: credentialSecret, why, how: `certbound proxy credential${user}` })
  }
  const headerName = { name: headerSecret, why: '', how: 'certbound proxy header-name' }
  const withoutDefault = headers.filter((name) => headerSources[name].header === null)
  const needsName = withoutDefault.length > 0 || nameOnly
  if (needsName) {
    const why =
      withoutDefault.length > 0 ? `${withoutDefault.join(', ')} has no default header` : ''
    needed.push({ ...headerName, why })
  }
  const advice: string[] = []
  const free = headers.filter((name) => headerSources[name].mayChooseHeader)
  if (!needsName && free.length > 0 && !known?.includes(headerSecret)) {
    advice.push(
      `advised: ${headerSecret}, a random name for the header of ${free.join(', ')}; ${put(headerName)}`,
    )
  }
  if (known?.includes(previousCredential)) {
    advice.push(`${previousCredential} is set: delete it when every proxy sends the new one`)
  }
  return { needed, advice }
}

/** The command that makes a secret and stores it. */
const put = ({ name, how }: Pick<NeededSecret, 'name' | 'how'>): string =>
  `\`${how} | npx wrangler secret put ${name}\``

/** Secrets that everyone can read in wrangler.toml, a sentence each. */
export const publicSecrets = ({ vars }: WranglerConfig): string[] =>
  secretNames
    .filter((name) => name in vars)
    .map((name) => `vars.${name}: a secret; store it with \`npx wrangler secret put ${name}\``)

const unusedSecrets = (known: readonly string[] | null): string[] =>
  [headerSecret, credentialSecret, previousCredential]
    .filter((name) => known?.includes(name))
    .map((name) => `the secret ${name} is set, but no host reads a header`)

const hostOf = (value: unknown): string | null =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value).host : null

/** The result of a check, a sentence each. */
export type Findings = {
  readonly problems?: readonly string[]
  /** What could not be checked, and why. */
  readonly skipped?: readonly string[]
  readonly advice?: readonly string[]
}

/**
 * Checks the variables with the parser of the Worker, with placeholders for the secrets.
 * @param known the names of the secrets that are set; null if they are not known
 */
export function variableFindings(
  config: WranglerConfig,
  known: readonly string[] | null,
): Findings {
  const { vars } = config
  const needed = secretNeeds(config, known).needed.map(({ name }) => name)
  const parsed = parseConfig({ ...placeholderSecrets([...needed, ...(known ?? [])]), ...vars })
  const unknown = Object.keys(vars).flatMap((name) => unknownVariable(name) ?? [])
  return { problems: [...(parsed.ok ? [] : parsed.error), ...unknown, ...publicSecrets(config)] }
}

/** Checks which secrets are missing or misspelt; if they are not known, which are needed. */
export function secretFindings(config: WranglerConfig, known: readonly string[] | null): Findings {
  const { needed, advice } = secretNeeds(config, known)
  if (known === null) {
    const others = needed.filter(({ name }) => name !== keySecret)
    const needs = others.map((one) => `needs the secret ${one.name}; ${put(one)}`)
    return { advice: [...needs, ...advice] }
  }
  const missing = needed.filter(({ name }) => !known.includes(name))
  const problems = missing.map(
    (one) => `the secret ${one.name} is not set${one.why && `: ${one.why}`}; ${put(one)}`,
  )
  // The Worker ignores a misspelt secret: without this check its protection would be missing unnoticed.
  for (const name of known) {
    const problem = unknownVariable(name)
    if (problem === null) continue
    const end = problem.endsWith('?') ? '' : '.'
    problems.push(`the secret ${problem}${end} Delete it: \`npx wrangler secret delete ${name}\``)
  }
  return { problems, advice }
}
