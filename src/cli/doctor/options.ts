import { isIP } from 'node:net'
import type { ExaminationOptions, Partner, Resolutions } from '../../doctor/index.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { derToPem } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { readCertificates, readOctets } from '../cert/read-certificates.ts'
import { type Outcome, refused, usage } from '../outcome.ts'

/** The values of the arguments. */
export type Arguments = Pick<
  ExaminationOptions,
  'url' | 'partner' | 'headerName' | 'ca' | 'resolutions'
>

/** The options as given. */
export type GivenOptions = {
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly 'client-id': string | undefined
  readonly 'header-name': string | undefined
  readonly ca: string | undefined
  readonly resolve: readonly string[]
}

/**
 * Reads the operand, the options and the files that they name.
 * @param environmentHeader the environment variable CERTIFICATE_HEADER
 * @returns or the error to print
 */
export async function readArguments(
  operand: string,
  given: GivenOptions,
  cwd: string,
  environmentHeader: string | undefined,
): Promise<Result<Arguments, Outcome>> {
  const url = readUrl(operand)
  if (url === null) return err(usage('URL: want an https URL without query, user or fragment'))
  const headerName = given['header-name'] ?? (environmentHeader || undefined) ?? null
  // RFC 9110 section 5.6.2. The name is a secret: do not repeat it in the message.
  if (headerName !== null && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(headerName)) {
    return err(usage('--header-name: want the name of a header'))
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

async function readPartner(
  given: GivenOptions,
  cwd: string,
): Promise<Result<Partner | null, Outcome>> {
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

/** Like curl's --resolve and --connect-to in one. An IPv6 address is in brackets. */
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
