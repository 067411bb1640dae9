import type { Bytes } from '../encoding/bytes.ts'
import {
  percentDecode,
  readBase64Der,
  readBase64DerOrPem,
  readBase64List,
  readByteSequence,
  readByteSequenceList,
  readPemBlocks,
  readPemBlocksOrNull,
  splitCertificates,
} from './certificate-encodings.ts'
import { readForwardedClientCert } from './forwarded-client-cert.ts'

/** More certificates than any real chain has. */
export const maxChain = 16

/**
 * Reads the whole value of a header, in time linear to its length. Never throws.
 * @returns the certificates in DER, leaf first if the form includes the leaf; null if the value has
 *   any other form
 */
export type CertificateReader = (text: string) => readonly Bytes[] | null

/** The forms of the leaf's header, some of which include the chain. */
export const leafForms = {
  'RFC 9440 byte sequence': readOneByteSequence,
  'percent-encoded PEM': (text) => readPercentPem(text, 1),
  'percent-encoded PEM, leaf first': (text) => readPercentPem(text, maxChain),
  'PEM on one line': (text) => readPemBlocks(text, 1),
  // PEM contains no percent sign, and percent-encoded PEM always does.
  'PEM on one line, percent-encoded or not': (text) => readEitherPem(text, 1),
  'PEM on one line, percent-encoded or not, leaf first': (text) => readEitherPem(text, maxChain),
  'base64 of DER': (text) => readBase64Der(text, 1),
  'base64 of DER, comma list, leaf first': (text) => readBase64List(text, maxChain),
  'base64 of DER or of PEM': readBase64DerOrPem,
  'XFCC text': (text) => readForwardedClientCert(text, maxChain),
} as const satisfies Readonly<Record<string, CertificateReader>>

/** One of {@link leafForms}. */
export type LeafForm = keyof typeof leafForms

/** The forms of the chain's header, which never include the leaf. */
export const chainForms = {
  'RFC 9440 list': readCertificateSequences,
  'base64 of concatenated DER': (text) => (text === '' ? [] : readBase64Der(text, maxChain)),
  'PEM on one line or (null)': (text) => readPemBlocksOrNull(text, maxChain),
} as const satisfies Readonly<Record<string, CertificateReader>>

/** One of {@link chainForms}. */
export type ChainForm = keyof typeof chainForms

function readOneByteSequence(text: string): readonly Bytes[] | null {
  const octets = readByteSequence(text)
  return octets === null ? null : splitCertificates(octets, 1)
}

/** RFC 9440 section 2.3: each member is one certificate; the list may be split over several headers. */
function readCertificateSequences(text: string): readonly Bytes[] | null {
  const sequences = readByteSequenceList(text, maxChain)
  if (sequences === null) return null
  return sequences.every((octets) => splitCertificates(octets, 1) !== null) ? sequences : null
}

function readPercentPem(text: string, max: number): readonly Bytes[] | null {
  const pem = percentDecode(text)
  return pem === null ? null : readPemBlocks(pem, max)
}

function readEitherPem(text: string, max: number): readonly Bytes[] | null {
  return text.includes('%') ? readPercentPem(text, max) : readPemBlocks(text, max)
}
