import { type Bytes, fromUtf8 } from '../../encoding/bytes.ts'
import { pemToDer } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { parseCertificateList } from '../../x509/index.ts'
import { type Outcome, refused } from '../outcome.ts'
import { readOctets } from './read-certificates.ts'

/**
 * Reads the certificate revocation lists of several files, PEM (one or many) or DER (one).
 * @param names relative to `cwd`
 * @returns the lists in DER, in order, each of which can be read; or the refusal to print
 */
export async function readCrls(
  cwd: string,
  names: readonly string[],
): Promise<Result<readonly Bytes[], Outcome>> {
  const lists: Bytes[] = []
  for (const name of names) {
    const octets = await readOctets(cwd, name)
    if (!octets.ok) return octets
    const ders = dersOf(octets.value)
    if (ders === null) {
      const advice = 'want DER, or -----BEGIN X509 CRL----- ... -----END X509 CRL-----'
      return err(refused(`${name}: holds no certificate revocation list`, advice))
    }
    for (const der of ders) {
      const parsed = parseCertificateList(der)
      if (!parsed.ok) return err(unreadable(name, parsed.reason))
      lists.push(der)
    }
  }
  return ok(lists)
}

/** DER begins with the tag of a SEQUENCE, which no PEM text does. */
function dersOf(octets: Bytes): readonly Bytes[] | null {
  if (octets[0] === 0x30) return [octets]
  const text = fromUtf8(octets)
  const ders = text === null ? null : pemToDer(text, 'X509 CRL')
  return ders?.ok ? ders.value : null
}

const unreadable = (name: string, reason: string): Outcome =>
  refused(
    `${name}: not a certificate revocation list that can be used: ${reason}`,
    '`openssl crl -in FILE -text` shows what it holds; ask its CA for another one',
  )
