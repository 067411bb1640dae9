import type { Bytes } from '../encoding/bytes.ts'
import { readBase64Der, readBase64DerOrPem, readBase64List } from './base64-certificates.ts'
import { readByteSequence, readByteSequenceList } from './byte-sequence.ts'
import { splitCertificates } from './der-certificates.ts'
import { readForwardedClientCert } from './forwarded-client-cert.ts'
import { readPemBlocks, readPemBlocksOrNull } from './pem-blocks.ts'
import { percentDecode } from './percent-encoding.ts'

/** More certificates than any real chain. */
export const maxChain = 16

/**
 * Reads all of a header's value. Never throws, in time linear to the text.
 * @returns DER, the leaf first where it is there, or null where the value is of any other form
 */
export type CertificateReader = (text: string) => readonly Bytes[] | null

/** The forms in which terminators write the leaf, or the leaf and then its chain; by what they are. */
export const leafForms = {
  'RFC 9440 byte sequence': readOneByteSequence,
  'percent-encoded PEM': (text) => readPercentPem(text, 1),
  'percent-encoded PEM, leaf first': (text) => readPercentPem(text, maxChain),
  'PEM on one line': (text) => readPemBlocks(text, 1),
  // No PEM holds a percent sign, and all that is encoded does.
  'PEM on one line, percent-encoded or not': (text) => readEitherPem(text, 1),
  'PEM on one line, percent-encoded or not, leaf first': (text) => readEitherPem(text, maxChain),
  'base64 of DER': (text) => readBase64Der(text, 1),
  'base64 of DER, comma list, leaf first': (text) => readBase64List(text, maxChain),
  'base64 of DER or of PEM': readBase64DerOrPem,
  'XFCC text': (text) => readForwardedClientCert(text, maxChain),
} as const satisfies Readonly<Record<string, CertificateReader>>

/** One of {@link leafForms}. */
export type LeafForm = keyof typeof leafForms

/** The forms in which terminators write the chain without the leaf; by what they are. */
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

/** RFC 9440 section 2.3: the members are certificates, and there may be several headers. */
function readCertificateSequences(text: string): readonly Bytes[] | null {
  const sequences = readByteSequenceList(text, maxChain)
  if (sequences === null) return null
  return sequences.every((octets) => splitCertificates(octets, 1) !== null) ? sequences : null
}

function readPercentPem(text: string, most: number): readonly Bytes[] | null {
  const pem = percentDecode(text)
  return pem === null ? null : readPemBlocks(pem, most)
}

function readEitherPem(text: string, most: number): readonly Bytes[] | null {
  return text.includes('%') ? readPercentPem(text, most) : readPemBlocks(text, most)
}
