import * as v from 'valibot'
import { isRecord } from '../encoding/is-record.ts'
import { validate } from '../encoding/schema.ts'
import { distinguishedNameKey } from '../x509/index.ts'
import { areDistinctHeaders, isCustomHeaderName, isHeaderName } from './header-names.ts'
import { type HeaderSourceName, headerSourceNames, headerSources } from './header-sources.ts'
import type { ProxyCertificate, ProxyCredential, ProxyProof } from './proxy-authentication.ts'
import { isProbablyRandom } from './random-text.ts'

/** The variables and secrets that {@link parseSourceSettings} reads. */
export const sourceVariableNames = [
  'CERTIFICATE_SOURCE',
  'CERTIFICATE_SOURCES',
  'CERTIFICATE_HEADER',
  'CERTIFICATE_HEADER_ALONE',
  'PROXY_CREDENTIAL',
  'PROXY_CREDENTIAL_PREVIOUS',
  'PROXY_CREDENTIAL_HEADER',
  'PROXY_ADDRESS_HEADER',
  'PROXY_CERTIFICATES',
  'PROXY_TRUST_ANCHOR_SET',
  'PROXY_SUBJECT_DN',
] as const

type VariableName = (typeof sourceVariableNames)[number]

/** The environment. Its type allows reading only the listed variables. */
export type SourceEnv = Readonly<Partial<Record<VariableName, unknown>>>

/** Whether a variable is missing or empty. */
export const isUnset = (value: unknown): boolean => value === undefined || value === ''

/** Every value that CERTIFICATE_SOURCE may have. */
export const certificateSourceNames = ['cloudflare', ...headerSourceNames] as const

/** One of {@link certificateSourceNames}. */
export type CertificateSourceName = 'cloudflare' | HeaderSourceName

/** The certificate source of each host, and how the proxies in front of them prove their identity. */
export type SourceSettings = {
  /** By host, with its port if that is not 443. */
  readonly sources: ReadonlyMap<string, CertificateSourceName>
  /** The name of the certificate's header, if the operator chose one. A secret. */
  readonly header: string | null
  /** Null if no host has a header source, or if the header's secret name is the only proof. */
  readonly proxy: ProxyProof | null
  /**
   * The header in which a proxy with a credential sends the client's address; null if all clients of the
   * proxy share one rate limit.
   */
  readonly addressHeader: string | null
}

/** The required value of CERTIFICATE_HEADER_ALONE: the operator confirms the risk. */
export const headerAloneText = 'header names show up in logs'

/** The default of PROXY_CREDENTIAL_HEADER. */
export const defaultCredentialHeader = 'Certbound-Proxy-Credential'

const newHeader = 'make one with "npx certbound proxy header-name"'
const newCredential = 'make one with "npx certbound proxy credential"'
const maxHosts = 32
const maxThumbprints = 16

const text = (isValid: (text: string) => boolean, message: string) =>
  v.pipe(v.string(message), v.check(isValid, message))

const sourceName = v.picklist(
  certificateSourceNames,
  `want one of ${certificateSourceNames.join(', ')}`,
)

/** A table in wrangler.toml, or JSON text. */
const sourcesByHost = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === 'string' ? fromJson(value) : value)),
  v.check(
    (value) => isRecord(value) && Object.keys(value).length <= maxHosts,
    `want a table of at most ${maxHosts} hosts to sources`,
  ),
  v.record(
    // As in URL.host: lower case, with a port if that is not 443.
    text(
      (host) => URL.canParse(`https://${host}/`) && new URL(`https://${host}/`).host === host,
      'want a host name',
    ),
    sourceName,
  ),
)

const customHeader =
  'want the name of a header that means nothing else: letters, digits and hyphens'

/** In Authorization a credential is HTTP Basic (RFC 7617): user:password. */
export const isBasic = (header: unknown): boolean =>
  typeof header === 'string' && header.toLowerCase() === 'authorization'

/** The credential as the whole value of its header. */
function credentialIn(header: string) {
  const basic = isBasic(header)
  const secretOf = (value: string) => (basic ? value.slice(value.indexOf(':') + 1) : value)
  return v.message(
    v.pipe(
      v.string(),
      v.trim(),
      // No comma: the platform joins repeated headers with one.
      v.regex(/^[\w.~:+/=-]{32,512}$/),
      v.check((value) => !basic || value.indexOf(':') > 0),
      v.check((value) => isProbablyRandom(secretOf(value).replaceAll(/[^A-Za-z0-9]/g, ''))),
      v.transform((value) => (basic ? `Basic ${btoa(value)}` : value)),
    ),
    `want ${basic ? 'user:password with a random password of ' : ''}32 to 512 random letters, digits and . _ ~ : + / = -: ${newCredential}`,
  )
}

/** The environment, and the list that receives its problems. */
type Input = { readonly env: SourceEnv; readonly problems: string[] }

/**
 * Parses the certificate source of each host, and how the proxies prove their identity.
 * @param hosts the issuer's ordinary host and the one that asks for certificates; null if unknown
 * @param problems receives one sentence for each problem; none contains a secret
 */
export function parseSourceSettings(
  env: SourceEnv,
  hosts: { readonly issuer: string | null; readonly mtls: string | null },
  problems: string[],
): SourceSettings {
  const input = { env, problems }
  const sources = readSources(input, hosts.issuer, hosts.mtls)
  const certificateHeader = text(
    (name) => isHeaderName(name) && isProbablyRandom(name),
    `want 32 to 100 letters, digits and hyphens with a long random part: ${newHeader}`,
  )
  const header = read(input, 'CERTIFICATE_HEADER', certificateHeader)
  const credential = readCredential(input)
  const certificate = readCertificate(input)
  checkProofs(input, new Set(sources.values()), header)
  const addressHeader = readAddressHeader(input)
  const others = [credential?.header, addressHeader].filter((name) => typeof name === 'string')
  if (!areDistinctHeaders(header, others)) {
    problems.push(
      'CERTIFICATE_HEADER, its chain, PROXY_CREDENTIAL_HEADER and PROXY_ADDRESS_HEADER: want four different names',
    )
  }
  const isProven = credential !== null || certificate !== null
  return { sources, header, proxy: isProven ? { credential, certificate } : null, addressHeader }
}

/** @returns null if the variable is unset, or if it has a problem, which is added to the list */
function read<T>(
  { env, problems }: Input,
  name: VariableName,
  schema: v.GenericSchema<unknown, T>,
): T | null {
  if (isUnset(env[name])) return null
  const parsed = validate(schema, env[name])
  if (parsed.ok) return parsed.value
  problems.push(...parsed.error.map((problem) => `${name}: ${problem}`))
  return null
}

/**
 * CERTIFICATE_SOURCE applies to the host that asks for certificates, CERTIFICATE_SOURCES to any host.
 * The issuer's ordinary host has no header source unless CERTIFICATE_SOURCES names it.
 */
function readSources(
  input: Input,
  issuer: string | null,
  mtls: string | null,
): ReadonlyMap<string, CertificateSourceName> {
  const sources = new Map<string, CertificateSourceName>()
  if (issuer !== null) sources.set(issuer, 'cloudflare')
  const source = read(input, 'CERTIFICATE_SOURCE', sourceName)
  if (mtls !== null) sources.set(mtls, source ?? 'cloudflare')
  const byHost = read(input, 'CERTIFICATE_SOURCES', sourcesByHost) ?? {}
  for (const [name, other] of Object.entries(byHost)) {
    if (name === mtls && source !== null && source !== other) {
      input.problems.push(
        `CERTIFICATE_SOURCES: ${name}: CERTIFICATE_SOURCE is ${source} for the same host; empty CERTIFICATE_SOURCE, or remove the host here`,
      )
    } else sources.set(name, other)
  }
  return sources
}

function readAddressHeader(input: Input): string | null {
  const schema = v.pipe(
    text((name) => isCustomHeaderName(name) && !isBasic(name), customHeader),
    v.check(
      (name) => !/^(x-forwarded-for|forwarded)$/i.test(name),
      ({ input: name }) =>
        `clients write the beginning of ${name}: have the proxy set a header of its own to the one address that it sees`,
    ),
  )
  const header = read(input, 'PROXY_ADDRESS_HEADER', schema)
  if (header !== null && isUnset(input.env.PROXY_CREDENTIAL)) {
    input.problems.push(
      'PROXY_ADDRESS_HEADER: needs PROXY_CREDENTIAL, or any client could set its address',
    )
  }
  return header
}

function readCredential(input: Input): ProxyCredential | null {
  const { env, problems } = input
  const header = isUnset(env.PROXY_CREDENTIAL_HEADER)
    ? defaultCredentialHeader
    : read(input, 'PROXY_CREDENTIAL_HEADER', text(isCustomHeaderName, customHeader))
  const schema = credentialIn(header ?? defaultCredentialHeader)
  const current = read(input, 'PROXY_CREDENTIAL', schema)
  const previous = read(input, 'PROXY_CREDENTIAL_PREVIOUS', schema)
  if (previous !== null && isUnset(env.PROXY_CREDENTIAL)) {
    problems.push('PROXY_CREDENTIAL_PREVIOUS: needs PROXY_CREDENTIAL')
  }
  if (header === null || current === null) return null
  return { header, values: previous === null ? [current] : [current, previous] }
}

function readCertificate(input: Input): ProxyCertificate | null {
  const { env, problems } = input
  const thumbprints = v.message(
    v.pipe(
      v.string(),
      v.transform((list) => list.trim().split(/\s+/)),
      v.maxLength(maxThumbprints),
      v.everyItem((one) => /^[A-Za-z0-9_-]{43}$/.test(one)),
    ),
    `want 1 to ${maxThumbprints} x5t#S256, as "npx certbound cert inspect" prints them`,
  )
  const pinned = read(input, 'PROXY_CERTIFICATES', thumbprints)
  const isSetName = (name: string) => /^[A-Za-z0-9._-]{1,64}$/.test(name)
  const set = read(
    input,
    'PROXY_TRUST_ANCHOR_SET',
    text(isSetName, 'want the name of a set of trust anchors'),
  )
  const isSubject = (dn: string) => {
    const key = distinguishedNameKey(dn)
    return key.ok && key.value !== ''
  }
  const subject = read(
    input,
    'PROXY_SUBJECT_DN',
    text(isSubject, 'want the subject of the proxy in RFC 4514 form'),
  )
  const hasSet = !isUnset(env.PROXY_TRUST_ANCHOR_SET)
  const hasSubject = !isUnset(env.PROXY_SUBJECT_DN)
  if (!isUnset(env.PROXY_CERTIFICATES) && (hasSet || hasSubject)) {
    problems.push(
      'PROXY_CERTIFICATES: use either this, or PROXY_TRUST_ANCHOR_SET with PROXY_SUBJECT_DN',
    )
  } else if (subject !== null && !hasSet) {
    problems.push('PROXY_SUBJECT_DN: needs PROXY_TRUST_ANCHOR_SET')
  } else if (set !== null && !hasSubject) {
    problems.push('PROXY_TRUST_ANCHOR_SET: needs PROXY_SUBJECT_DN')
  }
  if (pinned !== null) return { by: 'thumbprint', thumbprints: pinned }
  if (set === null || subject === null) return null
  return { by: 'subject', trustAnchorSet: set, subjectDn: subject }
}

const proofNames = [
  'PROXY_CREDENTIAL',
  'PROXY_CERTIFICATES',
  'PROXY_TRUST_ANCHOR_SET',
  'PROXY_SUBJECT_DN',
] as const

/** Every header source needs a proof of its proxy: anyone else could send the header, too. */
function checkProofs(
  input: Input,
  names: ReadonlySet<CertificateSourceName>,
  header: string | null,
): void {
  const { env, problems } = input
  const schema = v.literal(headerAloneText, `want nothing, or "${headerAloneText}"`)
  const isAlone = read(input, 'CERTIFICATE_HEADER_ALONE', schema) !== null
  // Also a proof with an invalid value, which has a problem of its own already.
  const hasProof = proofNames.some((name) => !isUnset(env[name]))
  if (isAlone && hasProof) {
    // Else it would silently become the only proof on the day that the other one is removed.
    problems.push('CERTIFICATE_HEADER_ALONE: has no effect beside another proof; delete it')
  }
  for (const name of names) {
    if (name === 'cloudflare') continue
    const { header: defaultHeader, mayChooseHeader } = headerSources[name]
    if (defaultHeader === null && header === null) {
      problems.push(`CERTIFICATE_HEADER: ${name} has no default header; ${newHeader}`)
    }
    if (hasProof || (isAlone && header !== null && mayChooseHeader)) continue
    problems.push(
      isAlone
        ? `CERTIFICATE_HEADER: with CERTIFICATE_HEADER_ALONE it must be set, and ${name} must let you choose the name of its header`
        : `${name}: anyone could send its header: set PROXY_CREDENTIAL (${newCredential}) or PROXY_CERTIFICATES`,
    )
  }
}

function fromJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
