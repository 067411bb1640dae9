import { headerSources } from '../../certificate/header-sources.ts'
import { isBasic, isUnset, parseSourceSettings } from '../../certificate/source-settings.ts'
import type { Deployment } from './deployment.ts'

/** The secret that a deployment cannot do without. */
export const keySecret = 'KEY_ENCRYPTION_KEY'

const headerSecret = 'CERTIFICATE_HEADER'
const credentialSecret = 'PROXY_CREDENTIAL'
const previousCredential = `${credentialSecret}_PREVIOUS`

/** What the Worker takes from `wrangler secret`, and wrangler.toml must not show. */
export const secretNames: readonly string[] = [
  keySecret,
  `${keySecret}_PREVIOUS`,
  headerSecret,
  credentialSecret,
  previousCredential,
]

/** Which secrets the variables ask for. */
export type SecretNeeds = {
  /** Without them the Worker would not serve, and why. */
  readonly needed: readonly { readonly name: string; readonly why: string; readonly how: string }[]
  /** What would be better, or is left over: a sentence each. */
  readonly advice: readonly string[]
}

/**
 * Says which secrets the variables ask for.
 * @param known names of the secrets that are set; null where that is not known
 */
export function secretNeeds({ vars }: Deployment, known: readonly string[] | null): SecretNeeds {
  const issuer = hostOf(vars.ISSUER)
  const hosts = { issuer, mtls: hostOf(vars.MTLS_ORIGIN) ?? issuer }
  // What is wrong with them is said by the parser of all variables.
  const { sources } = parseSourceSettings(vars, hosts, [])
  const headers = [...new Set(sources.values())].filter((name) => name !== 'cloudflare')
  const key = { name: keySecret, why: '', how: `certbound key-encryption-key generate` }
  if (headers.length === 0) return { needed: [key], advice: leftOver(known) }

  const alone = !isUnset(vars.CERTIFICATE_HEADER_ALONE)
  const certified = !(isUnset(vars.PROXY_CERTIFICATES) && isUnset(vars.PROXY_TRUST_ANCHOR_SET))
  // Both are of use with a credential only.
  const credited = !(isUnset(vars.PROXY_CREDENTIAL_HEADER) && isUnset(vars.PROXY_ADDRESS_HEADER))
  const nameless = headers.filter((name) => headerSources[name].header === null)
  const free = headers.filter((name) => headerSources[name].mayChooseHeader)
  const byCredential = credited || !(certified || alone)
  const byName = nameless.length > 0 || alone
  return {
    needed: [
      key,
      ...(byCredential
        ? [credential(vars, `anyone could send the header of ${headers.join(', ')}`)]
        : []),
      ...(byName
        ? [headerName(nameless.length > 0 ? `${nameless.join(', ')} has no default header` : '')]
        : []),
    ],
    advice: [
      ...(byName || free.length === 0 || known?.includes(headerSecret)
        ? []
        : [
            `advised: ${headerSecret}, a name that nobody can guess for the header of ${free.join(', ')}; ${put(headerName(''))}`,
          ]),
      ...(known?.includes(previousCredential)
        ? [`${previousCredential} is set: delete it when every proxy sends the new one`]
        : []),
    ],
  }
}

/** How a secret is made and put, as a command. */
export const put = ({ name, how }: { readonly name: string; readonly how: string }): string =>
  `\`${how} | npx wrangler secret put ${name}\``

/**
 * Values that the Worker's parser takes, in place of secrets that are not in wrangler.toml.
 * @param names of secrets
 */
export const standIns = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => (name in standIn ? [[name, standIn[name] ?? '']] : [])),
  )

const standIn: Readonly<Record<string, string>> = {
  [keySecret]: 'A'.repeat(43),
  [`${keySecret}_PREVIOUS`]: 'A'.repeat(43),
  [headerSecret]: 'Stand-In-9f4b23b8414147a7df8584cb7e6e4b93',
  // As HTTP Basic and as it is.
  [credentialSecret]: 'stand-in:f2f3a802ea4dbd08af347130118c9851f5c7',
  [previousCredential]: 'stand-in:9851f5c7f347130118cf2f3a802ea4dbd08a',
}

/** Secrets that stand in wrangler.toml for all to read, a sentence each. */
export const secretsInTheOpen = ({ vars }: Deployment): readonly string[] =>
  secretNames
    .filter((name) => name in vars)
    .map((name) => `vars.${name}: a secret; put it with \`npx wrangler secret put ${name}\``)

const headerName = (why: string) => ({
  ...{ name: headerSecret, why, how: 'certbound proxy header-name' },
})

function credential(vars: Deployment['vars'], why: string) {
  const basic = isBasic(vars.PROXY_CREDENTIAL_HEADER)
  const how = `certbound proxy credential${basic ? ' --user NAME' : ''}`
  return { name: credentialSecret, why, how }
}

const leftOver = (known: readonly string[] | null): readonly string[] =>
  [headerSecret, credentialSecret, previousCredential]
    .filter((name) => known?.includes(name))
    .map((name) => `the secret ${name} is set, and no host reads a header`)

const hostOf = (value: unknown): string | null =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value).host : null
