import { type DataFiles, readIfThere, writeWhole } from '../data-folder.ts'
import type { ServerIdentity } from '../front/tls-options.ts'
import { isAboutToExpire, mintServerCertificate } from './server-certificate.ts'

/**
 * The certificate of `https://localhost`, from the data folder; made anew where it is missing or
 * about to expire.
 * @param now seconds since the epoch
 */
export async function serverIdentity(files: DataFiles, now: number): Promise<ServerIdentity> {
  const [ca, cert, key] = await Promise.all(
    [files.serverCa, files.server, files.serverKey].map(readIfThere),
  )
  if (ca && cert && key && !isAboutToExpire(cert, now)) return { cert, key }
  const made = await mintServerCertificate(now)
  // The key first and the certificate last: the certificate is what says that all is there.
  await writeWhole(files.serverKey, made.server.key, 'secret')
  await writeWhole(files.serverCa, made.ca.cert, 'open')
  await writeWhole(files.server, made.server.cert, 'open')
  return { cert: made.server.cert, key: made.server.key }
}
