import { X509Certificate } from 'node:crypto'
import { subjectAltName } from '../../../test/support/mint/mint.ts'
import { type Identity, mintIdentity } from './identity.ts'

/** A throwaway CA, made for one data folder: its key is not kept, so it never signs again. */
export type ServerCertificate = { readonly ca: Identity; readonly server: Identity }

const day = 86_400
/** Browsers and Apple's TLS take no longer ones. */
const lifetime = 397 * day
/** A certificate nearer to its end than this is replaced at the next start. */
export const renewalMargin = 30 * day

/**
 * Mints what `https://localhost` shows, signed by a CA of its own that `curl --cacert` can be told.
 * @param now seconds since the epoch
 */
export async function mintServerCertificate(now: number): Promise<ServerCertificate> {
  const validity = { notBefore: now - day, notAfter: now - day + lifetime }
  const ca = await mintIdentity({
    ...validity,
    subject: 'CN=Certbound local edge,O=Throwaway CA of this checkout',
    purpose: 'ca',
  })
  const names = [
    { dns: 'localhost' },
    { ip: [127, 0, 0, 1] },
    { ip: [...new Array<number>(15).fill(0), 1] },
  ]
  const server = await mintIdentity({
    ...validity,
    subject: 'CN=localhost',
    purpose: 'server',
    by: ca,
    extensions: [subjectAltName(names)],
  })
  return { ca, server }
}

/** Whether a certificate (PEM; of several the first) should be replaced now. */
export function isAboutToExpire(pem: string, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(pem)
  return Date.parse(validTo) / 1000 < now + renewalMargin || Date.parse(validFrom) / 1000 > now
}
