import { createPrivateKey, createPublicKey } from 'node:crypto'
import { importKeyPair } from '../../../test/support/mint/mint.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { type DataFiles, readIfThere, writeWhole } from '../data-folder.ts'
import { type Identity, mintIdentity } from './identity.ts'
import { isAboutToExpire } from './server-certificate.ts'

/** Which demo certificates a start has made, so that the registrations can follow. */
export type MadeCertificates = { readonly ca: boolean; readonly selfSigned: boolean }

const day = 86_400
const year = 365 * day

const intermediateSubject = 'CN=Demo Issuing CA,O=Demo Partner CA,C=DE'

/**
 * The throwaway CA of the demo partners, root and intermediate, and a certificate for each partner:
 * what is missing or about to expire is made.
 * @param now seconds since the epoch
 */
export async function demoCertificates(files: DataFiles, now: number): Promise<MadeCertificates> {
  const ca = !(await isUsable(now, files.partnerCa, files.intermediate, files.intermediateKey))
  if (ca) await makeCa(files, now)
  if (ca || !(await isUsable(now, files.caIssued, files.caIssuedKey))) await issue(files, now)
  const selfSigned = !(await isUsable(now, files.selfSigned, files.selfSignedKey))
  if (selfSigned) await makeSelfSigned(files, now)
  return { ca, selfSigned }
}

/** Whether all files are there, and the certificate in the first is good for a while. */
async function isUsable(now: number, ...files: readonly string[]): Promise<boolean> {
  const [certificate, ...others] = await Promise.all(files.map(readIfThere))
  return !!certificate && others.every(Boolean) && !isAboutToExpire(certificate, now)
}

async function makeCa(files: DataFiles, now: number): Promise<void> {
  const validity = { notBefore: now - day, notAfter: now + 10 * year }
  const root = await mintIdentity({
    ...validity,
    subject: 'CN=Demo Root CA,O=Demo Partner CA,C=DE',
    purpose: 'ca',
  })
  const intermediate = await mintIdentity({
    ...validity,
    subject: intermediateSubject,
    purpose: 'ca',
    by: root,
  })
  await writeWhole(files.intermediateKey, intermediate.key, 'secret')
  await writeWhole(files.intermediate, intermediate.cert, 'open')
  await writeWhole(files.partnerCa, root.cert, 'open')
}

async function issue(files: DataFiles, now: number): Promise<void> {
  const [cert, key] = await Promise.all(
    [files.intermediate, files.intermediateKey].map(readIfThere),
  )
  if (!cert || !key) throw new Error(`${files.intermediate} went away while it was needed`)
  const leaf = await mintIdentity({
    subject: 'CN=demo-ca-issued,O=Demo Partner,C=DE',
    purpose: 'client',
    by: { subject: intermediateSubject, keys: await keyPairOf(key) },
    notBefore: now - day,
    notAfter: now + year,
  })
  await writePartner(files.caIssued, files.caIssuedKey, leaf, cert)
}

async function makeSelfSigned(files: DataFiles, now: number): Promise<void> {
  const leaf = await mintIdentity({
    subject: 'CN=demo-self-signed,O=Demo Partner',
    purpose: 'client',
    notBefore: now - day,
    notAfter: now + year,
  })
  await writePartner(files.selfSigned, files.selfSignedKey, leaf, '')
}

async function writePartner(
  certFile: string,
  keyFile: string,
  leaf: Identity,
  chain: string,
): Promise<void> {
  await writeWhole(keyFile, leaf.key, 'secret')
  await writeWhole(certFile, leaf.cert + chain, 'open')
}

async function keyPairOf(pem: string): Promise<Identity['keys']> {
  const key = createPrivateKey(pem)
  const octets = (der: Uint8Array): Bytes => Uint8Array.from(der)
  const pkcs8 = octets(key.export({ format: 'der', type: 'pkcs8' }))
  return importKeyPair(
    'ES256',
    pkcs8,
    octets(createPublicKey(key).export({ format: 'der', type: 'spki' })),
  )
}
