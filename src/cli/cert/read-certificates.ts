import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Bytes } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import type { Certificate } from '../../x509/index.ts'
import { type Outcome, refused } from '../outcome.ts'
import { certificatesIn, crlsIn, type FileProblem } from './certificate-file.ts'

/** A certificate and the file that it came from. */
export type ReadCertificate = { readonly file: string; readonly certificate: Certificate }

/** Reads a file, relative to `cwd`. @returns its octets, or the refusal to print */
export async function readOctets(cwd: string, name: string): Promise<Result<Bytes, Outcome>> {
  try {
    return ok(new Uint8Array(await readFile(resolve(cwd, name))))
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : null
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code ?? fault}`
    return err(refused(`${name}: ${why}`))
  }
}

const readWith =
  <T>(parse: (octets: Bytes) => Result<readonly T[], FileProblem>) =>
  async (cwd: string, name: string): Promise<Result<readonly T[], Outcome>> => {
    const octets = await readOctets(cwd, name)
    if (!octets.ok) return octets
    const parsed = parse(octets.value)
    return parsed.ok
      ? parsed
      : err(refused(`${name}: ${parsed.error.problem}`, parsed.error.advice))
  }

/** Reads the CRLs of a file as DER. */
export const readCrls = readWith(crlsIn)

const readOne = readWith(certificatesIn)

/** Reads the certificates of a file, at least one. */
export async function readCertificates(
  cwd: string,
  file: string,
): Promise<Result<readonly [ReadCertificate, ...ReadCertificate[]], Outcome>> {
  const read = await readOne(cwd, file)
  if (!read.ok) return read
  const [first, ...rest] = read.value.map((certificate) => ({ file, certificate }))
  return first === undefined ? err(refused(`${file}: no certificate`)) : ok([first, ...rest])
}

/** Reads the certificates of several files, in order. */
export async function readAllCertificates(
  cwd: string,
  files: readonly string[],
): Promise<Result<readonly ReadCertificate[], Outcome>> {
  const all: ReadCertificate[] = []
  for (const file of files) {
    const read = await readCertificates(cwd, file)
    if (!read.ok) return read
    all.push(...read.value)
  }
  return ok(all)
}
