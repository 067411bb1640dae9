import { toBase64 } from '../../../src/encoding/base64.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { toHex } from '../../../src/encoding/hex.ts'
import { parseCertificate } from '../../../src/x509/index.ts'

/** The certificates that a client presents in its handshake, DER. */
export type Presented = { readonly leaf: Bytes; readonly chain: readonly Bytes[] }

/** `request.cf` as the edge fills it; without a certificate with the placeholder. */
export async function edgeCf(
  presented: Presented | null,
  change: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const fields = presented === null ? placeholder : await evidence(presented)
  return {
    colo: 'LHR',
    httpProtocol: 'HTTP/2',
    tlsVersion: 'TLSv1.3',
    tlsCipher: 'AEAD-AES128-GCM-SHA256',
    tlsClientAuth: { ...fields, ...change },
  }
}

const placeholder = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certIssuerDN: '',
  certSubjectDN: '',
  certIssuerDNRFC2253: '',
  certSubjectDNRFC2253: '',
  certIssuerDNLegacy: '',
  certSubjectDNLegacy: '',
  certSerial: '',
  certIssuerSerial: '',
  certSKI: '',
  certIssuerSKI: '',
  certFingerprintSHA1: '',
  certFingerprintSHA256: '',
  certNotBefore: '',
  certNotAfter: '',
  certRFC9440: '',
  certRFC9440TooLarge: false,
  certChainRFC9440: '',
  certChainRFC9440TooLarge: false,
}

/** The edge's limits, in characters of the encoded values. */
const maxLeaf = 10 * 1024
const maxChain = 16 * 1024

async function evidence({ leaf, chain }: Presented): Promise<typeof placeholder> {
  const parsed = parseCertificate(leaf)
  const {
    subject = '',
    issuer = '',
    serialNumber = '',
    notBefore = 0,
    notAfter = 0,
  } = parsed.ok ? parsed.certificate : {}
  const encodedLeaf = byteSequence(leaf)
  const encodedChain = chain.map(byteSequence).join(', ')
  return {
    ...placeholder,
    certPresented: '1',
    // The edge does not know the partner's CA.
    certVerified: 'FAILED:unable to get local issuer certificate',
    certIssuerDN: issuer,
    certSubjectDN: subject,
    certIssuerDNRFC2253: issuer,
    certSubjectDNRFC2253: subject,
    certSerial: serialNumber,
    certFingerprintSHA1: toHex(await digest('SHA-1', leaf)),
    certFingerprintSHA256: toHex(await digest('SHA-256', leaf)),
    certNotBefore: opensslTime(notBefore),
    certNotAfter: opensslTime(notAfter),
    certRFC9440: encodedLeaf.length > maxLeaf ? '' : encodedLeaf,
    certRFC9440TooLarge: encodedLeaf.length > maxLeaf,
    certChainRFC9440: encodedChain.length > maxChain ? '' : encodedChain,
    certChainRFC9440TooLarge: encodedChain.length > maxChain,
  }
}

const byteSequence = (der: Bytes): string => `:${toBase64(der)}:`

const digest = async (hash: string, octets: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest(hash, octets))

/** `Dec 22 19:39:00 2018 GMT`, the day padded with a blank. */
function opensslTime(seconds: number): string {
  const [, day, month, year, time] = new Date(seconds * 1000).toUTCString().split(' ')
  return `${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year} GMT`
}
