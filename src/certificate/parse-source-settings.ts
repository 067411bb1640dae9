import { headerSources } from './header-sources.ts'
import { areDistinctHeaders } from './own-headers.ts'
import {
  newCredential,
  newHeader,
  readAddressHeader,
  readAlone,
  readCredential,
  readHeader,
  readHopCertificate,
} from './parse-proxy-settings.ts'
import type { Hop } from './proxy-authentication.ts'
import { isUnset, type SourceEnv } from './source-env.ts'
import {
  type CertificateSourceName,
  certificateSourceNames,
  type SourceSettings,
} from './source-settings.ts'

/**
 * Parses which host gets its certificates from where, and what proves the proxies that convey them.
 * @param hosts the issuer's ordinary host and the one that asks for certificates; null where unknown
 * @param problems gets a sentence for everything that is wrong, never with a secret in it
 */
export function parseSourceSettings(
  env: SourceEnv,
  hosts: { readonly issuer: string | null; readonly mtls: string | null },
  problems: string[],
): SourceSettings {
  const sources = readSources(env, hosts, problems)
  const header = readHeader(env, problems)
  const hop: Hop = {
    credential: readCredential(env, problems),
    certificate: readHopCertificate(env, problems),
  }
  const names = [...new Set(sources.values())].filter((name) => name !== 'cloudflare')
  const proven = hop.credential !== null || hop.certificate !== null
  const alone = readAlone(env, problems)
  // Left in place it would be the proof on the day on which the other one goes.
  if (alone && (proven || isAttempted(env))) {
    problems.push('CERTIFICATE_HEADER_ALONE: is of no use beside another proof; delete it')
  }
  for (const name of names) {
    const { header: usual, mayChooseHeader } = headerSources[name]
    const chosen = header !== null && mayChooseHeader
    if (usual === null && header === null) {
      problems.push(`CERTIFICATE_HEADER: ${name} has no usual header; ${newHeader}`)
    }
    // What was meant as a proof and is none has its own sentence.
    if (proven || isAttempted(env) || (alone && chosen)) continue
    problems.push(
      alone
        ? `CERTIFICATE_HEADER: with CERTIFICATE_HEADER_ALONE it must be set, and ${name} must let you name its header`
        : `${name}: anybody could write its header: set PROXY_CREDENTIAL (${newCredential}) or PROXY_CERTIFICATES`,
    )
  }
  const addressHeader = readAddressHeader(env, hop, problems)
  const others = [hop.credential?.header, addressHeader].filter((name) => typeof name === 'string')
  if (!areDistinctHeaders(header, others)) {
    problems.push(
      'CERTIFICATE_HEADER, its chain, PROXY_CREDENTIAL_HEADER and PROXY_ADDRESS_HEADER: want four names',
    )
  }
  return { sources, header, hop: proven ? hop : null, addressHeader }
}

const isAttempted = (env: SourceEnv): boolean =>
  !isUnset(env.PROXY_CREDENTIAL) ||
  !isUnset(env.PROXY_CERTIFICATES) ||
  !isUnset(env.PROXY_SUBJECT_DN) ||
  !isUnset(env.PROXY_TRUST_ANCHOR_SET)

const isSource = (value: unknown): value is CertificateSourceName =>
  certificateSourceNames.some((name) => name === value)

/**
 * CERTIFICATE_SOURCE is for the host that asks for certificates, CERTIFICATE_SOURCES for any host. The
 * issuer's ordinary host has no header for a source unless it is named.
 */
function readSources(
  env: SourceEnv,
  { issuer, mtls }: { readonly issuer: string | null; readonly mtls: string | null },
  problems: string[],
): ReadonlyMap<string, CertificateSourceName> {
  const sources = new Map<string, CertificateSourceName>()
  if (issuer !== null) sources.set(issuer, 'cloudflare')
  const { CERTIFICATE_SOURCE: usual } = env
  if (!isUnset(usual) && !isSource(usual)) {
    problems.push(`CERTIFICATE_SOURCE: want one of ${certificateSourceNames.join(', ')}`)
  }
  if (mtls !== null) sources.set(mtls, isSource(usual) ? usual : 'cloudflare')
  for (const [host, name] of byHost(env, problems)) {
    if (!isHost(host)) problems.push(`CERTIFICATE_SOURCES: ${host.slice(0, 64)}: want a host name`)
    else if (!isSource(name)) {
      problems.push(
        `CERTIFICATE_SOURCES: ${host}: want one of ${certificateSourceNames.join(', ')}`,
      )
    } else if (host === mtls && isSource(usual) && usual !== name) {
      problems.push(
        `CERTIFICATE_SOURCES: ${host}: CERTIFICATE_SOURCE says ${usual} of this host; say it in one place: empty CERTIFICATE_SOURCE, or leave the host out here`,
      )
    } else sources.set(host, name)
  }
  return sources
}

const maxHosts = 32

/** wrangler.toml may hold a table; a variable from elsewhere is a JSON text. */
function byHost(env: SourceEnv, problems: string[]): readonly (readonly [string, unknown])[] {
  const { CERTIFICATE_SOURCES: given } = env
  if (isUnset(given)) return []
  const table = typeof given === 'string' ? fromJson(given) : given
  const entries =
    typeof table === 'object' && table !== null && !Array.isArray(table)
      ? Object.entries(table)
      : null
  if (entries !== null && entries.length <= maxHosts) return entries
  problems.push(`CERTIFICATE_SOURCES: want a table of at most ${maxHosts} hosts to sources`)
  return []
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** As it stands in URL.host: lower case, with a port where it is not 443. */
const isHost = (text: string): boolean =>
  URL.canParse(`https://${text}/`) && new URL(`https://${text}/`).host === text
