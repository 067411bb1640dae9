import type { Certificate } from '../certificate.ts'
import type { GeneralName } from '../extensions/general-name.ts'
import { formatIpAddress } from '../ip-address.ts'
import { rdnKey } from '../names/distinguished-name.ts'
import { formatDistinguishedName, formatRdns } from '../names/format-name.ts'
import { type Rdn, readName } from '../names/read-name.ts'
import { type Mailbox, readHost, readMailbox, readUriHost } from './hosts.ts'

/** The forms of names that constraints are evaluated for, and what is compared of them. */
export type NameValues = {
  /** Of a wildcard name, the host is the part after `*.`. */
  readonly dns: { readonly host: string; readonly wildcard: boolean }
  readonly uri: { readonly host: string }
  readonly email: Mailbox
  readonly ip: { readonly octets: Uint8Array }
  /** A key an RDN, most significant first. */
  readonly directory: { readonly rdns: readonly string[] }
}

/** One of the forms that constraints are evaluated for. */
export type NameForm = keyof NameValues

type Of<Form extends NameForm> = {
  [F in Form]: {
    readonly form: F
    readonly text: string
    /** Null if the name is not what its form says: then no constraint can be applied to it. */
    readonly value: NameValues[F] | null
  }
}[Form]

/** A name that a certificate claims, as name constraints look at it. */
export type ConstrainedName<Form extends NameForm = NameForm> = Of<Form>

/** A name of a form that no constraint is evaluated for (otherName and the like), by its number. */
export type OtherName = { readonly form: 'other'; readonly number: number; readonly text: string }

/**
 * All names of a certificate that constraints apply to (RFC 5280 section 4.2.1.10): the subject
 * unless it is empty, the subjectAltName, and the subject's email addresses. The section asks for
 * these only where there is no subjectAltName; here always, since a subject can be an identity.
 */
export function constrainedNames(certificate: Certificate): (ConstrainedName | OtherName)[] {
  const rdns = readName(certificate.subjectDer) ?? []
  const subject: ConstrainedName[] =
    rdns.length === 0 ? [] : [directoryName(certificate.subject, certificate.subjectDer, rdns)]
  return [...subject, ...emailAddresses(rdns), ...(certificate.subjectAltName ?? []).map(prepared)]
}

function prepared(name: GeneralName): ConstrainedName | OtherName {
  switch (name.type) {
    case 'dns':
      return { form: 'dns', text: name.text, value: readDnsName(name.text) }
    case 'uri':
      return { form: 'uri', text: name.text, value: hostOf(readUriHost(name.text)) }
    case 'email':
      return { form: 'email', text: name.text, value: readMailbox(name.text) }
    case 'ip':
      return { form: 'ip', text: formatIpAddress(name.octets), value: { octets: name.octets } }
    case 'directory': {
      const text = formatDistinguishedName(name.der)
      return directoryName(text, name.der, readName(name.der))
    }
    case 'other':
      return { form: 'other', number: name.number, text: `[${name.number}]` }
  }
}

/** RFC 6125 section 6.4.3: a wildcard is the whole left-most label. Others are no names. */
function readDnsName(text: string): NameValues['dns'] | null {
  const wildcard = text.startsWith('*.')
  const host = readHost(wildcard ? text.slice(2) : text)
  return host === null ? null : { host, wildcard }
}

const hostOf = (host: string | null): { readonly host: string } | null =>
  host === null ? null : { host }

/** In octets. What preparing a name costs must be bounded. */
const maxDirectoryName = 4096

/** A directory name's keys, or null if a value in it cannot be prepared for comparison. */
export function directoryKeys(
  der: Uint8Array,
  rdns: readonly Rdn[] | null,
): NameValues['directory'] | null {
  if (rdns === null || der.length > maxDirectoryName) return null
  const keys = rdns.map(rdnKey)
  return keys.every((key) => key !== null) ? { rdns: keys } : null
}

const directoryName = (
  text: string,
  der: Uint8Array,
  rdns: readonly Rdn[] | null,
): ConstrainedName<'directory'> => ({ form: 'directory', text, value: directoryKeys(der, rdns) })

const emailAddress = '1.2.840.113549.1.9.1'

function emailAddresses(rdns: readonly Rdn[]): ConstrainedName<'email'>[] {
  return rdns.flat().flatMap((attribute) => {
    if (attribute.oid !== emailAddress) return []
    const { comparable, value } = attribute
    const text = value ?? formatRdns([[attribute]])
    return [{ form: 'email', text, value: comparable === null ? null : readMailbox(comparable) }]
  })
}
