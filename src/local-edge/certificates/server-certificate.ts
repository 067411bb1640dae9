// @peculiar/x509 needs the metadata API, so this import comes first.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { SubjectAlternativeNameExtension } from '@peculiar/x509'
import { type DataFiles, readIfPresent, writeAtomically } from '../data-folder.ts'
import type { ServerIdentity } from '../front/tls-options.ts'
import { type Identity, mintIdentity } from './identity.ts'

const day = 86_400
/** The longest that browsers and Apple's TLS accept. */
const lifetime = 397 * day
/** A certificate that expires sooner than this is replaced at the next start. */
const renewalMargin = 30 * day

/**
 * The certificate of `https://localhost`, read from the data folder. Generated if it is missing or
 * about to expire.
 * @param now seconds since the epoch
 */
export async function serverIdentity(files: DataFiles, now: number): Promise<ServerIdentity> {
  const [ca, cert, key] = await Promise.all(
    [files.serverCa, files.server, files.serverKey].map(readIfPresent),
  )
  if (ca && cert && key && !isAboutToExpire(cert, now)) return { cert, key }
  const minted = await mintServerCertificate(now)
  // The certificate is written last: if it is there, the other files are there too.
  await writeAtomically(files.serverKey, minted.server.key, 'owner-only')
  await writeAtomically(files.serverCa, minted.ca.cert, 'readable')
  await writeAtomically(files.server, minted.server.cert, 'readable')
  return { cert: minted.server.cert, key: minted.server.key }
}

/**
 * Generates the certificate of `https://localhost` and the CA that signs it, for `curl --cacert`.
 * The CA's key is not stored, so the CA can never sign another certificate.
 * @param now seconds since the epoch
 */
export async function mintServerCertificate(
  now: number,
): Promise<{ readonly ca: Identity; readonly server: Identity }> {
  const notBefore = now - day
  const notAfter = notBefore + lifetime
  const ca = await mintIdentity({
    subject: [{ O: ['Throwaway CA of this checkout'] }, { CN: ['Certbound local edge'] }],
    purpose: 'ca',
    notBefore,
    notAfter,
  })
  const names = new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ])
  const server = await mintIdentity({
    subject: [{ CN: ['localhost'] }],
    purpose: 'server',
    issuer: { certificate: ca.der, privateKey: ca.privateKey },
    notBefore,
    notAfter,
    extensions: [names],
  })
  return { ca, server }
}

/** Whether a certificate should be replaced now. Of several in the PEM text the first counts. */
export function isAboutToExpire(pem: string, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(pem)
  return Date.parse(validTo) / 1000 < now + renewalMargin || Date.parse(validFrom) / 1000 > now
}
