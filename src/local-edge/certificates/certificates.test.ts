import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pemToDer } from '../../encoding/pem.ts'
import { edgeVerdict } from '../cf/edge-verdict.ts'
import { type DataFiles, dataFiles, keyEncryptionKeys } from '../data-folder.ts'
import { demoCertificates } from './demo-certificates.ts'
import { serverIdentity } from './server-certificate.ts'

const now = Math.floor(Date.now() / 1000)
const day = 86_400
let folder = ''
let files: DataFiles

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-stored-'))
  files = dataFiles(folder)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('serverIdentity', () => {
  it('names all loopback hosts, and its CA has signed it', async () => {
    const { cert } = await serverIdentity(files, now)
    const certificate = new X509Certificate(cert)
    const names = ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']
    expect(certificate.subjectAltName).toBe(names.join(', '))
    const ca = new X509Certificate(await readFile(files.serverCa))
    expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true)
  })

  it('is kept until it is about to expire, then replaced', async () => {
    const first = await serverIdentity(files, now)
    expect(await serverIdentity(files, now + 360 * day)).toEqual(first)
    const second = await serverIdentity(files, now + 380 * day)
    expect(second.cert).not.toBe(first.cert)
    const { validToDate } = new X509Certificate(second.cert)
    expect(validToDate.getTime() / 1000).toBeGreaterThan(now + 700 * day)
  })

  it.each(['serverCa', 'server', 'serverKey'] as const)(
    'is replaced if %s is missing',
    async (file) => {
      const first = await serverIdentity(files, now)
      await rm(files[file])
      expect((await serverIdentity(files, now)).key).not.toBe(first.key)
    },
  )
})

describe('demoCertificates', () => {
  const verdict = async (file: string, time: number) => {
    const chain = pemToDer(await readFile(file, 'utf8'))
    const root = pemToDer(await readFile(files.partnerCa, 'utf8'))
    if (!chain.ok || !root.ok) throw new Error('not PEM')
    const [leaf = new Uint8Array(), ...rest] = chain.value
    return edgeVerdict({ leaf, chain: rest }, root.value, time)
  }

  it('are two leaves with their intermediate below a root, and a self-signed one', async () => {
    expect(await demoCertificates(files, now)).toEqual({ ca: true, selfSigned: true })
    expect(await verdict(files.caIssued, now)).toBe('SUCCESS')
    expect(await verdict(files.newPartner, now)).toBe('SUCCESS')
    const { subject, issuer } = new X509Certificate(await readFile(files.selfSigned))
    expect(subject).toBe(issuer)
  })

  it.each(['caIssued', 'newPartner'] as const)(
    'are kept, then %s is renewed with the same CA and subject',
    async (partner) => {
      await demoCertificates(files, now)
      const before = await readFile(files[partner], 'utf8')
      expect(await demoCertificates(files, now)).toEqual({ ca: false, selfSigned: false })
      expect(await readFile(files[partner], 'utf8')).toBe(before)
      const later = now + 350 * day
      expect(await demoCertificates(files, later)).toEqual({ ca: false, selfSigned: true })
      const after = await readFile(files[partner], 'utf8')
      expect(after).not.toBe(before)
      expect(new X509Certificate(after).subject).toBe(new X509Certificate(before).subject)
      expect(await verdict(files[partner], later + 300 * day)).toBe('SUCCESS')
    },
  )

  it('gain the new partner in a data folder of an earlier version', async () => {
    await demoCertificates(files, now)
    const before = await readFile(files.caIssued, 'utf8')
    await rm(files.newPartner)
    await rm(files.newPartnerKey)
    expect(await demoCertificates(files, now)).toEqual({ ca: false, selfSigned: false })
    expect(await verdict(files.newPartner, now)).toBe('SUCCESS')
    expect(await readFile(files.caIssued, 'utf8')).toBe(before)
  })
})

describe('keyEncryptionKeys', () => {
  it('are generated once; the previous one is used while its file exists', async () => {
    const first = await keyEncryptionKeys(files)
    expect(first.KEY_ENCRYPTION_KEY).toMatch(/^[\w-]{43}$/)
    expect(await keyEncryptionKeys(files)).toEqual(first)
    await writeFile(files.previousKeyEncryptionKey, `${'A'.repeat(43)}\n`)
    expect(await keyEncryptionKeys(files)).toEqual({
      ...first,
      KEY_ENCRYPTION_KEY_PREVIOUS: 'A'.repeat(43),
    })
  })

  it('are refused if the file holds something else', async () => {
    await writeFile(files.keyEncryptionKey, 'short')
    await expect(keyEncryptionKeys(files)).rejects.toThrow('32 octets')
  })
})
