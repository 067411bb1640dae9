import type { JsonName } from '@peculiar/x509'
import { type DataFiles, readIfPresent, writeAtomically } from '../data-folder.ts'
import { importPrivateKey, mintIdentity } from './identity.ts'
import { isAboutToExpire } from './server-certificate.ts'

/** Which demo certificates this start has generated: their registrations must follow. */
export type NewCertificates = { readonly ca: boolean; readonly selfSigned: boolean }

const day = 86_400
const year = 365 * day

const caName = (commonName: string): JsonName => [
  { C: ['DE'] },
  { O: ['Demo Partner CA'] },
  { CN: [commonName] },
]

/**
 * Generates what is missing or about to expire: a demo CA with a root and an intermediate, two
 * partner certificates below the intermediate, and a self-signed one.
 * @param now seconds since the epoch
 */
export async function demoCertificates(files: DataFiles, now: number): Promise<NewCertificates> {
  const { partnerCa, intermediate, intermediateKey } = files
  const ca = !(await isUsable(now, partnerCa, intermediate, intermediateKey))
  if (ca) await generateCa(files, now)
  for (const [commonName, cert, key] of [
    ['demo-ca-issued', files.caIssued, files.caIssuedKey],
    ['new-partner', files.newPartner, files.newPartnerKey],
  ] as const) {
    if (ca || !(await isUsable(now, cert, key))) await issue(files, commonName, cert, key, now)
  }
  const selfSigned = !(await isUsable(now, files.selfSigned, files.selfSignedKey))
  if (selfSigned) await generateSelfSigned(files, now)
  return { ca, selfSigned }
}

/** Whether all files exist, and the certificate in the first one is not about to expire. */
async function isUsable(now: number, ...files: readonly string[]): Promise<boolean> {
  const [certificate, ...others] = await Promise.all(files.map(readIfPresent))
  return !!certificate && others.every(Boolean) && !isAboutToExpire(certificate, now)
}

async function generateCa(files: DataFiles, now: number): Promise<void> {
  const validity = { notBefore: now - day, notAfter: now + 10 * year }
  const root = await mintIdentity({ ...validity, subject: caName('Demo Root CA'), purpose: 'ca' })
  const intermediate = await mintIdentity({
    ...validity,
    subject: caName('Demo Issuing CA'),
    purpose: 'ca',
    issuer: { certificate: root.der, privateKey: root.privateKey },
  })
  await writeAtomically(files.intermediateKey, intermediate.key, 'owner-only')
  await writeAtomically(files.intermediate, intermediate.cert, 'readable')
  await writeAtomically(files.partnerCa, root.cert, 'readable')
}

/** Issues a partner's certificate. Its file has the intermediate behind it. */
async function issue(
  files: DataFiles,
  commonName: string,
  certFile: string,
  keyFile: string,
  now: number,
): Promise<void> {
  const [certificate, key] = await Promise.all(
    [files.intermediate, files.intermediateKey].map(readIfPresent),
  )
  if (!certificate || !key) throw new Error(`${files.intermediate} or its key has been removed`)
  const leaf = await mintIdentity({
    subject: [{ C: ['DE'] }, { O: ['Demo Partner'] }, { CN: [commonName] }],
    purpose: 'client',
    issuer: { certificate, privateKey: await importPrivateKey(key) },
    notBefore: now - day,
    notAfter: now + year,
  })
  await writeAtomically(keyFile, leaf.key, 'owner-only')
  await writeAtomically(certFile, leaf.cert + certificate, 'readable')
}

async function generateSelfSigned(files: DataFiles, now: number): Promise<void> {
  const leaf = await mintIdentity({
    subject: [{ O: ['Demo Partner'] }, { CN: ['demo-self-signed'] }],
    purpose: 'client',
    notBefore: now - day,
    notAfter: now + year,
  })
  await writeAtomically(files.selfSignedKey, leaf.key, 'owner-only')
  await writeAtomically(files.selfSigned, leaf.cert, 'readable')
}
