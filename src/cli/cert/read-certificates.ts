import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Bytes, fromUtf8 } from '../../encoding/bytes.ts'
import { type PemRefusal, pemToDer } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { type Certificate, parseCertificate } from '../../x509/index.ts'
import { type Outcome, refused } from '../outcome.ts'
import { type OtherFormat, otherDer, otherPem } from './other-format.ts'

/** A certificate that is read and parsed, and the file it came from. */
export type ReadCertificate = { readonly file: string; readonly certificate: Certificate }

/**
 * Reads the certificates of a file, PEM (one or many, in order) or DER (one).
 * @param name relative to `cwd`
 * @returns at least one certificate, or the refusal to print
 */
export async function readCertificates(
  cwd: string,
  name: string,
): Promise<Result<readonly [ReadCertificate, ...ReadCertificate[]], Outcome>> {
  const octets = await readOctets(cwd, name)
  if (!octets.ok) return octets
  const ders = dersOf(octets.value)
  if (!ders.ok) return err(refused(`${name}: ${ders.error.what}`, ders.error.advice))
  const certificates: ReadCertificate[] = []
  for (const [index, der] of ders.value.entries()) {
    const parsed = parseCertificate(der)
    if (!parsed.ok) {
      const which = ders.value.length === 1 ? '' : `certificate ${index + 1}: `
      return err(
        refused(
          `${name}: ${which}not a certificate that can be used: ${parsed.reason}`,
          '`openssl x509 -in FILE -text` shows what it holds; ask the partner for the file again',
        ),
      )
    }
    certificates.push({ file: name, certificate: parsed.certificate })
  }
  const [first, ...rest] = certificates
  return first === undefined ? err(refused(`${name}: no certificate`)) : ok([first, ...rest])
}

/** All certificates of several files, in order. */
export async function readAllCertificates(
  cwd: string,
  names: readonly string[],
): Promise<Result<readonly ReadCertificate[], Outcome>> {
  const all: ReadCertificate[] = []
  for (const name of names) {
    const read = await readCertificates(cwd, name)
    if (!read.ok) return read
    all.push(...read.value)
  }
  return ok(all)
}

/** The octets of a file, or the refusal to print. */
export async function readOctets(cwd: string, name: string): Promise<Result<Bytes, Outcome>> {
  try {
    return ok(new Uint8Array(await readFile(resolve(cwd, name))))
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : null
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code ?? fault}`
    return err(refused(`${name}: ${why}`))
  }
}

/** DER begins with the tag of a SEQUENCE, which no PEM text does. */
function dersOf(octets: Bytes): Result<readonly Bytes[], OtherFormat> {
  if (octets[0] === 0x30) {
    const other = otherDer(octets)
    return other === null ? ok([octets]) : err(other)
  }
  const text = fromUtf8(octets)
  if (text === null) return err({ what: describePem({ why: 'no_certificate', at: 1 }), advice })
  const ders = pemToDer(text)
  if (ders.ok) return ders
  if (ders.error.why !== 'not_a_certificate') {
    return err({ what: describePem({ ...ders.error, why: ders.error.why }), advice })
  }
  const other = otherPem(text.split(/\r\n|\n|\r/)[ders.error.at - 1] ?? '')
  return err({ ...other, what: `${other.what} (line ${ders.error.at})` })
}

const advice = 'want -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----'

type NoCertificates = {
  readonly why: Exclude<PemRefusal['why'], 'not_a_certificate'>
  readonly at: number
}

function describePem({ why, at }: NoCertificates): string {
  switch (why) {
    case 'no_certificate':
      return 'holds no certificate, neither PEM nor DER'
    case 'no_end':
      return `the certificate that begins in line ${at} has no end`
    case 'base64':
      return `the certificate that begins in line ${at} is not base64`
    case 'too_long':
      return 'is longer than 1 MiB'
  }
}
