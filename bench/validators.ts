// @peculiar/x509 uses tsyringe, which needs this import first.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import * as peculiar from '@peculiar/x509'
import * as pkijs from 'pkijs'
import type { Bytes } from '../src/encoding/bytes.ts'
import { parseCertificate, verifyCertificatePath } from '../src/x509/index.ts'

/** A chain of three in DER. */
export type Chain = {
  readonly leaf: Bytes
  readonly intermediate: Bytes
  readonly anchor: Bytes
  /** The time of the validation, in seconds since the epoch. */
  readonly time: number
}

/** An implementation that is compared. */
export type Validator = {
  readonly label: string
  /** Reads a certificate's subject and dates, and returns its DNS names. */
  readonly parse: (der: Bytes) => string
  /** Parses all three certificates and returns whether they are a valid path. */
  readonly verify: (chain: Chain) => boolean | Promise<boolean>
}

const ours: Validator = {
  label: 'certbound',
  parse(der) {
    const parsed = parseCertificate(der)
    if (!parsed.ok) throw new Error(parsed.reason)
    const { subject, notAfter, dnsNames } = parsed.certificate
    return checkedNames(subject, notAfter, dnsNames)
  },
  async verify({ leaf, intermediate, anchor, time }) {
    const request = { leaf, intermediates: [intermediate], trustAnchors: [anchor], time }
    return (await verifyCertificatePath(request)).ok
  },
}

/** Checks names and signatures only: no validity, no basicConstraints, no key usage. */
const peculiarX509: Validator = {
  label: '@peculiar/x509',
  parse(der) {
    const { subject, notAfter, extensions } = new peculiar.X509Certificate(der)
    const names = extensions.find((one) => one instanceof peculiar.SubjectAlternativeNameExtension)
    const dnsNames = names?.names.items.map(({ value }) => value) ?? []
    return checkedNames(subject, seconds(notAfter), dnsNames)
  },
  async verify({ leaf, intermediate, anchor }) {
    const certificates = [intermediate, anchor].map((der) => new peculiar.X509Certificate(der))
    const builder = new peculiar.X509ChainBuilder({ certificates })
    return (await builder.build(new peculiar.X509Certificate(leaf))).length === 3
  },
}

const pkijsEngine: Validator = {
  label: 'pkijs',
  parse(der) {
    const { subject, notAfter, extensions } = pkijs.Certificate.fromBER(der)
    const names = extensions?.find(({ extnID }) => extnID === '2.5.29.17')?.parsedValue
    const dnsNames = names instanceof pkijs.AltName ? names.altNames.map(({ value }) => value) : []
    const text = subject.typesAndValues.map(({ value }) => value.valueBlock.value).join()
    return checkedNames(text, seconds(notAfter.value), dnsNames)
  },
  async verify({ leaf, intermediate, anchor, time }) {
    const engine = new pkijs.CertificateChainValidationEngine({
      // The last certificate is the end of the path.
      certs: [intermediate, leaf].map((der) => pkijs.Certificate.fromBER(der)),
      trustedCerts: [pkijs.Certificate.fromBER(anchor)],
      checkDate: new Date(time * 1000),
    })
    const { result, certificatePath } = await engine.verify()
    return result && certificatePath?.length === 3
  },
}

/** Written by hand, as in a typical Node server: names, CA flags, validity and signatures. */
const nodeCrypto: Validator = {
  label: 'node:crypto',
  parse(der) {
    const { subject, validToDate, subjectAltName = '' } = new X509Certificate(der)
    const dnsNames = subjectAltName.split(', ').map((name) => name.replace('DNS:', ''))
    return checkedNames(subject, seconds(validToDate), dnsNames)
  },
  verify({ leaf, intermediate, anchor, time }) {
    const path = [leaf, intermediate, anchor].map((der) => new X509Certificate(der))
    return path.every((certificate, place) => {
      const valid =
        seconds(certificate.validFromDate) <= time && time <= seconds(certificate.validToDate)
      const issuer = path[place + 1]
      if (issuer === undefined) return valid
      if (!valid || !issuer.ca || !certificate.checkIssued(issuer)) return false
      return certificate.verify(issuer.publicKey)
    })
  },
}

/** By their names in the figures. */
export const validators = {
  certbound: ours,
  peculiar_x509: peculiarX509,
  pkijs: pkijsEngine,
  node_crypto: nodeCrypto,
} as const satisfies Readonly<Record<string, Validator>>

const seconds = (date: Date): number => date.getTime() / 1000

/** Uses subject and dates too, so that lazy parsing is no advantage. Returns the DNS names. */
function checkedNames(subject: string, notAfter: number, dnsNames: readonly unknown[]): string {
  if (subject === '' || Number.isNaN(notAfter)) throw new Error('not read')
  return dnsNames.join()
}
