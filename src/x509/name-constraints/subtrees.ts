import type { Bytes } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import type { GeneralName } from '../extensions/general-name.ts'
import { readName } from '../names/read-name.ts'
import { directoryKeys, type NameForm, type NameValues } from './constrained-name.ts'
import { domainsAbove, readHost, readMailbox } from './hosts.ts'

/** The subtrees of one form in one list of a nameConstraints extension. */
export type Subtrees<Value> = {
  /** Whether one of them has the name in it; for an excluded wildcard, any name it matches. */
  readonly include: (name: Value, list: SubtreeList) => boolean
  /** How many look-ups that takes. */
  readonly cost: (name: Value) => number
  /** Whether one of them is no base that can be compared with. */
  readonly unreadable: boolean
}

/** The two lists of a nameConstraints extension. */
export type SubtreeList = 'permitted' | 'excluded'

/** One list, by form; a form without subtrees is not in it. */
export type SubtreesByForm = { readonly [F in NameForm]: Subtrees<NameValues[F]> | null }

/**
 * Makes the subtrees of a list ready for look-ups, so that the number of names and that of subtrees
 * do not multiply.
 */
export function subtreesByForm(bases: readonly GeneralName[]): SubtreesByForm {
  const texts = (type: 'dns' | 'uri' | 'email'): readonly string[] =>
    bases.flatMap((base) => (base.type === type ? [base.text] : []))
  const octets = (type: 'ip' | 'directory'): readonly Bytes[] =>
    bases.flatMap((base) =>
      base.type !== type ? [] : [base.type === 'ip' ? base.octets : base.der],
    )
  return {
    dns: ofAny(texts('dns'), dnsSubtrees),
    uri: ofAny(texts('uri'), uriSubtrees),
    email: ofAny(texts('email'), emailSubtrees),
    ip: ofAny(octets('ip'), ipSubtrees),
    directory: ofAny(octets('directory'), directorySubtrees),
  }
}

const ofAny = <Base, Value>(
  bases: readonly Base[],
  make: (bases: readonly Base[]) => Subtrees<Value>,
): Subtrees<Value> | null => (bases.length === 0 ? null : make(bases))

/** Bases that are host names: `host`, `.domain` or empty, which matches every host. */
function readHosts(bases: readonly string[]) {
  const isBelow = (base: string) => base.startsWith('.')
  const read = (texts: readonly string[]) => texts.map(readHost).filter((host) => host !== null)
  const hosts = new Set(read(bases.filter((base) => base !== '' && !isBelow(base))))
  const domains = new Set(read(bases.filter(isBelow).map((base) => base.slice(1))))
  return {
    all: bases.includes(''),
    /** Without a leading period. */
    hosts,
    /** With one, which is left out here: whatever is strictly below. */
    domains,
    unreadable: bases.some((base) => base !== '' && readHost(base.replace(/^\./, '')) === null),
  }
}

const labelsOf = (host: string): number => host.split('.').length

/**
 * "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side
 * of the name". A leading period is not foreseen, but in use: one or more labels.
 */
function dnsSubtrees(bases: readonly string[]): Subtrees<NameValues['dns']> {
  const { all, hosts, domains, unreadable } = readHosts(bases)
  const above = new Set([...hosts].flatMap((host) => domainsAbove(host).slice(0, 1)))
  return {
    include({ host, wildcard }, list) {
      const higher = domainsAbove(host)
      const isBelow = (domain: string) => hosts.has(domain) || domains.has(domain)
      if (all || hosts.has(host) || higher.some(isBelow)) return true
      // `*.example.com` matches `a.example.com`, which `.example.com` contains and which may be the
      // excluded name.
      return wildcard && (domains.has(host) || (list === 'excluded' && above.has(host)))
    },
    cost: ({ host }) => labelsOf(host),
    unreadable,
  }
}

/** "When the constraint does not begin with a period, it specifies a host." */
function uriSubtrees(bases: readonly string[]): Subtrees<NameValues['uri']> {
  const { all, hosts, domains, unreadable } = readHosts(bases)
  return {
    include: ({ host }) =>
      all || hosts.has(host) || domainsAbove(host).some((domain) => domains.has(domain)),
    cost: ({ host }) => labelsOf(host),
    unreadable,
  }
}

/** "A particular mailbox, all addresses at a particular host, or all mailboxes in a domain." */
function emailSubtrees(bases: readonly string[]): Subtrees<NameValues['email']> {
  const hosts = readHosts(bases.filter((base) => !base.includes('@')))
  const mailboxes = bases.filter((base) => base.includes('@')).map(readMailbox)
  // RFC 5280 section 7.5: the local part exactly, the host without case.
  const key = ({ local, host }: NameValues['email']) => `${local}@${host}`
  const keys = new Set(mailboxes.flatMap((mailbox) => (mailbox === null ? [] : [key(mailbox)])))
  return {
    include: (mailbox) =>
      hosts.all ||
      keys.has(key(mailbox)) ||
      hosts.hosts.has(mailbox.host) ||
      domainsAbove(mailbox.host).some((domain) => hosts.domains.has(domain)),
    cost: ({ host }) => labelsOf(host),
    unreadable: hosts.unreadable || mailboxes.includes(null),
  }
}

/** Address and mask "in the style of RFC 4632 (CIDR)": the mask's ones come first. */
function ipSubtrees(bases: readonly Bytes[]): Subtrees<NameValues['ip']> {
  const networks = new Map<string, { readonly mask: Bytes; readonly addresses: Set<string> }>()
  let unreadable = false
  for (const base of bases) {
    const mask = base.subarray(base.length / 2)
    if (!isPrefixMask(mask)) {
      unreadable = true
      continue
    }
    const network = networks.get(toHex(mask)) ?? { mask, addresses: new Set() }
    network.addresses.add(masked(base.subarray(0, base.length / 2), mask))
    networks.set(toHex(mask), network)
  }
  const all = [...networks.values()]
  return {
    include: ({ octets }) =>
      all.some(
        ({ mask, addresses }) =>
          mask.length === octets.length && addresses.has(masked(octets, mask)),
      ),
    cost: () => all.length,
    unreadable,
  }
}

const masked = (octets: Uint8Array, mask: Uint8Array): string =>
  toHex(octets.map((octet, index) => octet & (mask[index] ?? 0)))

const isPrefixMask = (mask: Uint8Array): boolean => {
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits)
}

/** Names that begin with the base's RDNs. Their keys contain no NUL, so it can separate them. */
function directorySubtrees(bases: readonly Bytes[]): Subtrees<NameValues['directory']> {
  const paths = bases.map((der) => directoryKeys(der, readName(der))?.rdns ?? null)
  const keys = new Set(paths.flatMap((rdns) => (rdns === null ? [] : [pathKey(rdns)])))
  return {
    include({ rdns }) {
      let path = ''
      if (keys.has(path)) return true
      return rdns.some((rdn) => {
        path += rdnPart(rdn)
        return keys.has(path)
      })
    },
    cost: ({ rdns }) => rdns.length,
    unreadable: paths.includes(null),
  }
}

const rdnPart = (rdn: string): string => `${rdn}\0`
const pathKey = (rdns: readonly string[]): string => rdns.map(rdnPart).join('')
