import type { ChainForm, LeafForm } from '../../certificate/header-forms.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { type Bytes, utf8 } from '../../encoding/bytes.ts'
import { concat } from '../../encoding/der-writer.ts'
import { derToPem } from '../../encoding/pem.ts'

/** Writes a certificate, and its chain if the form includes one, as the value of a header. */
type Writer = (leaf: Bytes, chain: readonly Bytes[]) => string

const pems = (certificates: readonly Bytes[]): string => certificates.map(derToPem).join('')
const onOneLine = (pem: string): string => pem.replaceAll('\n', ' ').trim()
const byteSequence = (der: Bytes): string => `:${toBase64(der)}:`

const percentPem: Writer = (leaf) => encodeURIComponent(derToPem(leaf))
const pemLine: Writer = (leaf) => onOneLine(derToPem(leaf))

/** Writes each form of the leaf's header. */
export const leafWriters: Readonly<Record<LeafForm, Writer>> = {
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
export const chainWriters: Readonly<Record<ChainForm, (chain: readonly Bytes[]) => string | null>> =
  {
    'RFC 9440 list': (chain) => chain.map(byteSequence).join(', ') || null,
    'base64 of concatenated DER': (chain) => toBase64(concat(...chain)) || null,
    // Our configuration of Apache lists several; three are enough here.
    'PEM on one line or (null)': (chain) =>
      [0, 1, 2]
        .map((i) => chain[i])
        .map((der) => (der === undefined ? '(null)' : onOneLine(derToPem(der))))
        .join(' '),
  }
