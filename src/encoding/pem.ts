import { fromBase64, toBase64 } from './base64.ts'
import type { Bytes } from './bytes.ts'
import { err, ok, type Result } from './result.ts'

/** What is read in PEM (RFC 7468 sections 5 and 6). */
export type PemLabel = 'CERTIFICATE' | 'X509 CRL'

/** Why a text holds no certificates (or lists) in PEM; `at` is the number of the line, from 1. */
export type PemRefusal = {
  readonly why: 'no_certificate' | 'not_a_certificate' | 'no_end' | 'base64' | 'too_long'
  readonly at: number
}

/** Longer texts than this (in characters) are not read; lists may have a million entries. */
const maxLength: Readonly<Record<PemLabel, number>> = {
  CERTIFICATE: 1 << 20,
  'X509 CRL': 96 << 20,
}

/**
 * All certificates of a text (RFC 7468 section 5.1), in order. Text outside of blocks is passed
 * over (section 2), white space around lines too; the base64 itself is read strictly, in lines of
 * any length. A block with any other label is refused: a private key has no business here.
 * @param label of the blocks that are wanted
 */
export function pemToDer(
  text: string,
  label: PemLabel = 'CERTIFICATE',
): Result<Bytes[], PemRefusal> {
  if (text.length > maxLength[label]) return err({ why: 'too_long', at: 1 })
  const certificates: Bytes[] = []
  let block: { readonly from: number; readonly lines: string[] } | null = null
  for (const [index, untrimmed] of text.split(/\r\n|\n|\r/).entries()) {
    const line = untrimmed.trim()
    const at = index + 1
    if (block === null) {
      if (!line.startsWith('-----BEGIN ')) continue
      if (line !== `-----BEGIN ${label}-----`) return err({ why: 'not_a_certificate', at })
      block = { from: at, lines: [] }
    } else if (line === `-----END ${label}-----`) {
      const der = fromBase64(block.lines.join(''))
      if (der === null || der.length === 0) return err({ why: 'base64', at: block.from })
      certificates.push(der)
      block = null
    } else if (line.startsWith('-----')) {
      return err({ why: 'no_end', at: block.from })
    } else {
      block.lines.push(line)
    }
  }
  if (block !== null) return err({ why: 'no_end', at: block.from })
  return certificates.length === 0 ? err({ why: 'no_certificate', at: 1 }) : ok(certificates)
}

/** A certificate in PEM, with a line feed at the end (RFC 7468 section 5.1: lines of 64). */
export function derToPem(der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
