import { isIP } from 'node:net'
import type { Partner } from '../../doctor/examination.ts'
import type { Resolutions } from '../../doctor/wire/wire.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { derToPem } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { readCertificates, readOctets } from '../cert/read-certificates.ts'
import { type Outcome, refused, usage } from '../outcome.ts'

/** What stands behind the words of the command line. */
export type Wanted = {
  readonly url: string
  readonly partner: Partner | null
  readonly headerName: string | null
  readonly ca: string | null
  readonly resolutions: Resolutions
}

/** The options as the command line has them. */
export type Given = {
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly 'client-id': string | undefined
  readonly 'header-name': string | undefined
  readonly ca: string | undefined
  readonly resolve: readonly string[]
}

/**
 * Reads the operand, the options and the files that they name.
 * @param environment the value of CERTIFICATE_HEADER there
 * @returns all of it, or the refusal to print
 */
export async function readWanted(
  operand: string,
  given: Given,
  cwd: string,
  environment: string | undefined,
): Promise<Result<Wanted, Outcome>> {
  const url = readUrl(operand)
  if (url === null) return err(usage('URL: want an https URL without query, user or fragment'))
  const headerName = given['header-name'] ?? (environment || undefined) ?? null
  // RFC 9110 section 5.6.2. The name is a secret, and not repeated.
  if (headerName !== null && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(headerName)) {
    return err(usage('--header-name: want a name that a header can have'))
  }
  const resolutions = readResolutions(given.resolve)
  if (resolutions === null) {
    return err(usage('--resolve: want HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT'))
  }
  const partner = await readPartner(given, cwd)
  if (!partner.ok) return partner
  const ca = given.ca === undefined ? ok(null) : await readCa(cwd, given.ca)
  if (!ca.ok) return ca
  return ok({ url, partner: partner.value, headerName, ca: ca.value, resolutions })
}

function readUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
  return url.search === '' && url.hash === '' ? url.href : null
}

async function readPartner(given: Given, cwd: string): Promise<Result<Partner | null, Outcome>> {
  const { certificate: file, key: keyFile, 'client-id': clientId } = given
  if (file === undefined && clientId === undefined && keyFile === undefined) return ok(null)
  if (file === undefined || clientId === undefined) {
    return err(usage('--certificate and --client-id go together; --key goes with both'))
  }
  const read = await readCertificates(cwd, file)
  if (!read.ok) return read
  const [first, ...rest] = read.value
  const key = keyFile === undefined ? ok(null) : await readKey(cwd, keyFile)
  if (!key.ok) return key
  const chain = rest.map(({ certificate }) => certificate.der)
  const leaf = first.certificate.der
  const cert = [leaf, ...chain].map(derToPem).join('')
  return ok({
    clientId,
    certificate: first.certificate,
    claimed: { leaf, chain },
    identity: key.value === null ? null : { cert, key: key.value },
  })
}

async function readKey(cwd: string, file: string): Promise<Result<string, Outcome>> {
  const octets = await readOctets(cwd, file)
  if (!octets.ok) return octets
  const text = fromUtf8(octets.value) ?? ''
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) && !text.includes('ENCRYPTED')
    ? ok(text)
    : err(refused(`${file}: want a private key in PEM that is not encrypted`))
}

async function readCa(cwd: string, file: string): Promise<Result<string, Outcome>> {
  const read = await readCertificates(cwd, file)
  return read.ok
    ? ok(read.value.map(({ certificate }) => derToPem(certificate.der)).join(''))
    : read
}

/** As curl's --resolve and --connect-to in one: an IPv6 address in brackets. */
function readResolutions(texts: readonly string[]): Resolutions | null {
  const resolutions = new Map<string, { address: string; port: number }>()
  for (const text of texts) {
    const [, host, port, bracketed, plain, other] =
      /^([^:[\]]+|\[[^\]]+\]):(\d{1,5}):(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ??
      []
    const address = bracketed ?? plain
    if (host === undefined || port === undefined || address === undefined) return null
    if (isIP(address) === 0 && address !== 'localhost') return null
    resolutions.set(`${host.toLowerCase()}:${Number(port)}`, {
      address,
      port: Number(other ?? port),
    })
  }
  return resolutions
}
