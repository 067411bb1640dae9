import type { ChainForm, LeafForm } from '../../certificate/header-forms.ts'
import {
  type HeaderSource,
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../certificate/header-sources.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { type Bytes, utf8 } from '../../encoding/bytes.ts'
import { concat } from '../../encoding/der-writer.ts'
import { derToPem } from '../../encoding/pem.ts'
import type { HeaderLine } from '../http/client.ts'

/** Headers that claim a certificate: a name, a form, and the lines. */
export type Forgery = {
  /** For reports. It does not contain a configured name, which is a secret. */
  readonly label: string
  readonly lines: readonly HeaderLine[]
}

/** The certificate that forged headers claim: a leaf and its chain in DER. */
export type ClaimedCertificate = { readonly leaf: Bytes; readonly chain: readonly Bytes[] }

/**
 * Forges a header in every known form, each once: several sources have the same header and form.
 * @param configured the deployment's name of the leaf's header; null for every known header
 */
export function forgeries(claimed: ClaimedCertificate, configured: string | null): Forgery[] {
  const byLines = new Map<string, Forgery>()
  for (const name of headerSourceNames) {
    const forgery = forgeSource(claimed, headerSources[name], configured)
    if (forgery === null) continue
    const key = forgery.lines.map(([name, value]) => `${name.toLowerCase()}:${value}`).join('\n')
    if (!byLines.has(key)) byLines.set(key, forgery)
  }
  return [...byLines.values()]
}

function forgeSource(
  { leaf, chain }: ClaimedCertificate,
  source: HeaderSource,
  configured: string | null,
): Forgery | null {
  const names = headerNames(source, configured)
  if (names === null) return null
  const lines: HeaderLine[] = [[names.leaf, leafWriters[source.form](leaf, chain)]]
  const chainValue = source.chainForm === null ? null : chainWriters[source.chainForm](chain)
  if (names.chain !== null && chainValue !== null) lines.push([names.chain, chainValue])
  const header = configured === null ? names.leaf : 'the configured header'
  return { label: `${header}, ${source.form}`, lines }
}

/** In characters of header lines: below HAProxy's default limit for a whole request. */
const maxBatchSize = 12_000

/**
 * Packs forgeries into as few requests as possible: no header name twice in a request, and no more than
 * every terminator accepts. Names with an underscore are sent apart: some terminators refuse the whole
 * request because of one.
 */
export function batches(all: readonly Forgery[]): Forgery[][] {
  type Batch = { forgeries: Forgery[]; names: Set<string>; size: number; underscores: boolean }
  const packed: Batch[] = []
  for (const forgery of all) {
    const names = forgery.lines.map(([name]) => name.toLowerCase().replaceAll('_', '-'))
    const size = forgery.lines.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    const underscores = forgery.lines.some(([name]) => name.includes('_'))
    const batch = packed.find(
      (one) =>
        one.underscores === underscores &&
        one.size + size <= maxBatchSize &&
        names.every((name) => !one.names.has(name)),
    )
    if (batch === undefined) {
      packed.push({ forgeries: [forgery], names: new Set(names), size, underscores })
    } else {
      batch.forgeries.push(forgery)
      batch.size += size
      for (const name of names) batch.names.add(name)
    }
  }
  return packed.map(({ forgeries }) => forgeries)
}

/** Writes a certificate, and its chain if the form includes one, as the value of a header. */
type Writer = (leaf: Bytes, chain: readonly Bytes[]) => string

const pems = (certificates: readonly Bytes[]): string => certificates.map(derToPem).join('')
const onOneLine = (pem: string): string => pem.replaceAll('\n', ' ').trim()
const byteSequence = (der: Bytes): string => `:${toBase64(der)}:`

const percentPem: Writer = (leaf) => encodeURIComponent(derToPem(leaf))
const pemLine: Writer = (leaf) => onOneLine(derToPem(leaf))

/** Writes each form of the leaf's header. */
const leafWriters: Readonly<Record<LeafForm, Writer>> = {
  'RFC 9440 byte sequence': byteSequence,
  'percent-encoded PEM': percentPem,
  'percent-encoded PEM, leaf first': (leaf, chain) => encodeURIComponent(pems([leaf, ...chain])),
  'PEM on one line': pemLine,
  'PEM on one line, percent-encoded or not': pemLine,
  'PEM on one line, percent-encoded or not, leaf first': (leaf, chain) =>
    onOneLine(pems([leaf, ...chain])),
  'base64 of DER': (leaf) => toBase64(leaf),
  'base64 of DER, comma list, leaf first': (leaf, chain) =>
    [leaf, ...chain].map(toBase64).join(','),
  'base64 of DER or of PEM': (leaf) => toBase64(utf8(derToPem(leaf))),
  'XFCC text': (leaf, chain) =>
    `Cert="${percentPem(leaf, [])}";Chain="${encodeURIComponent(pems([leaf, ...chain]))}"`,
}

/** Writes each form of the chain's header; null if an empty chain needs no header. */
const chainWriters: Readonly<Record<ChainForm, (chain: readonly Bytes[]) => string | null>> = {
  'RFC 9440 list': (chain) => chain.map(byteSequence).join(', ') || null,
  'base64 of concatenated DER': (chain) => toBase64(concat(...chain)) || null,
  // Our configuration of Apache lists several; three are enough here.
  'PEM on one line or (null)': (chain) =>
    [0, 1, 2]
      .map((i) => chain[i])
      .map((der) => (der === undefined ? '(null)' : onOneLine(derToPem(der))))
      .join(' '),
}
