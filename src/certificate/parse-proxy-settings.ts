import { distinguishedNameKey } from '../x509/index.ts'
import { isHeaderName, isOwnHeaderName } from './own-headers.ts'
import type { Hop, HopCertificate, ProxyCredential } from './proxy-authentication.ts'
import { looksRandom } from './random-text.ts'
import { isUnset, type SourceEnv } from './source-env.ts'

/** What CERTIFICATE_HEADER_ALONE has to say, in so many words. */
export const headerAloneText = 'header names show up in logs'

/** The header that carries the proxy's credential where nothing else is said. */
export const defaultCredentialHeader = 'Certbound-Proxy-Credential'

/** What makes a name for the header. */
export const newHeader = 'make one with "npx certbound proxy header-name"'
/** What makes a credential. */
export const newCredential = 'make one with "npx certbound proxy credential"'

/** Clients write the beginning of these, and each hop adds to the end. */
const lists: ReadonlySet<string> = new Set(['x-forwarded-for', 'forwarded'])

/** In which header the proxy tells for whom it speaks. Only a credential says that it is the proxy. */
export function readAddressHeader(
  { PROXY_ADDRESS_HEADER: name }: SourceEnv,
  { credential }: Hop,
  problems: string[],
): string | null {
  if (isUnset(name)) return null
  if (!isOwnHeaderName(name) || name.toLowerCase() === 'authorization') {
    problems.push(
      'PROXY_ADDRESS_HEADER: want the name of a header that means nothing else: letters, digits and hyphens',
    )
  } else if (lists.has(name.toLowerCase())) {
    problems.push(
      `PROXY_ADDRESS_HEADER: clients write the beginning of ${name}: have the proxy set a header of its own to the one address that it sees`,
    )
  } else if (credential === null) {
    problems.push('PROXY_ADDRESS_HEADER: is believed of a proxy with a PROXY_CREDENTIAL only')
  } else return name
  return null
}

/** The name of the certificate's header: a secret, or null where the source's usual one serves. */
export function readHeader(
  { CERTIFICATE_HEADER: name }: SourceEnv,
  problems: string[],
): string | null {
  if (isUnset(name)) return null
  if (isHeaderName(name) && looksRandom(name)) return name
  problems.push(
    `CERTIFICATE_HEADER: want 32 to 100 letters, digits and hyphens with a long random part: ${newHeader}`,
  )
  return null
}

/** Whether the header's name may be all that proves the hop. */
export function readAlone(
  { CERTIFICATE_HEADER_ALONE: text }: SourceEnv,
  problems: string[],
): boolean {
  if (isUnset(text)) return false
  if (text === headerAloneText) return true
  problems.push(`CERTIFICATE_HEADER_ALONE: want nothing, or "${headerAloneText}"`)
  return false
}

/** What only the proxy can write. */
export function readCredential(env: SourceEnv, problems: string[]): ProxyCredential | null {
  const header = isUnset(env.PROXY_CREDENTIAL_HEADER)
    ? defaultCredentialHeader
    : env.PROXY_CREDENTIAL_HEADER
  const current = readSecret(env, 'PROXY_CREDENTIAL', header, problems)
  const previous = readSecret(env, 'PROXY_CREDENTIAL_PREVIOUS', header, problems)
  if (!isOwnHeaderName(header)) {
    problems.push(
      'PROXY_CREDENTIAL_HEADER: want the name of a header that means nothing else: letters, digits and hyphens',
    )
    return null
  }
  if (current === null) {
    if (previous !== null) {
      problems.push('PROXY_CREDENTIAL_PREVIOUS: is of no use without PROXY_CREDENTIAL')
    }
    return null
  }
  return { header, values: previous === null ? [current] : [current, previous] }
}

/**
 * In this header a credential is HTTP Basic (RFC 7617): user:password. Proxy-Authorization ends with
 * the connection (RFC 9110 section 7.6.1), and whether the edge hands it on is not known.
 */
export const isBasic = (header: unknown): boolean =>
  typeof header === 'string' && header.toLowerCase() === 'authorization'

/** The whole value of the credential's header. */
function readSecret(
  env: SourceEnv,
  name: 'PROXY_CREDENTIAL' | 'PROXY_CREDENTIAL_PREVIOUS',
  header: unknown,
  problems: string[],
): string | null {
  const { [name]: given } = env
  if (isUnset(given)) return null
  const text = typeof given === 'string' ? given.trim() : ''
  const secret = isBasic(header) ? text.slice(text.indexOf(':') + 1) : text
  const whole = !isBasic(header) || text.indexOf(':') > 0
  // No comma: that is how the platform joins a header that came twice.
  const plain = /^[\w.~:+/=-]{32,512}$/.test(text)
  if (plain && whole && looksRandom(secret.replaceAll(/[^A-Za-z0-9]/g, ''))) {
    return isBasic(header) ? `Basic ${btoa(text)}` : text
  }
  const form = isBasic(header) ? 'user:password with a random password of ' : ''
  problems.push(
    `${name}: want ${form}32 to 512 letters, digits and . _ ~ : + / = - made by chance: ${newCredential}`,
  )
  return null
}

const maxThumbprints = 16

/** The certificate that the proxy shows at our edge. */
export function readHopCertificate(env: SourceEnv, problems: string[]): HopCertificate | null {
  const {
    PROXY_CERTIFICATES: pinned,
    PROXY_TRUST_ANCHOR_SET: set,
    PROXY_SUBJECT_DN: subjectDn,
  } = env
  const bySubject = !isUnset(set) || !isUnset(subjectDn)
  if (!isUnset(pinned)) {
    const thumbprints = typeof pinned === 'string' ? pinned.trim().split(/\s+/) : []
    const right = thumbprints.every((one) => /^[A-Za-z0-9_-]{43}$/.test(one))
    if (bySubject) {
      problems.push('PROXY_CERTIFICATES: choose this, or PROXY_TRUST_ANCHOR_SET with its subject')
    } else if (right && thumbprints.length > 0 && thumbprints.length <= maxThumbprints) {
      return { by: 'thumbprint', thumbprints }
    } else {
      problems.push(
        `PROXY_CERTIFICATES: want 1 to ${maxThumbprints} x5t#S256, as "npx certbound cert inspect" prints them`,
      )
    }
    return null
  }
  if (!bySubject) return null
  if (isUnset(set)) {
    problems.push(
      'PROXY_SUBJECT_DN: is judged below the anchors of PROXY_TRUST_ANCHOR_SET: name it',
    )
    return null
  }
  if (typeof set !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(set)) {
    problems.push('PROXY_TRUST_ANCHOR_SET: want the name of a set of trust anchors')
    return null
  }
  const key = typeof subjectDn === 'string' ? distinguishedNameKey(subjectDn) : null
  if (typeof subjectDn === 'string' && key?.ok && key.value !== '') {
    return { by: 'subject', trustAnchorSet: set, subjectDn }
  }
  problems.push('PROXY_SUBJECT_DN: want the subject of the proxy as RFC 4514 writes it')
  return null
}
