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
  it('is for all names of this machine, signed by the CA beside it', async () => {
    const { cert } = await serverIdentity(files, now)
    const certificate = new X509Certificate(cert)
    const names = ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']
    expect(certificate.subjectAltName).toBe(names.join(', '))
    const ca = new X509Certificate(await readFile(files.serverCa))
    expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true)
  })

  it('is kept until it is about to expire, then made anew', async () => {
    const first = await serverIdentity(files, now)
    expect(await serverIdentity(files, now + 360 * day)).toEqual(first)
    const second = await serverIdentity(files, now + 380 * day)
    expect(second.cert).not.toBe(first.cert)
    const { validToDate } = new X509Certificate(second.cert)
    expect(validToDate.getTime() / 1000).toBeGreaterThan(now + 700 * day)
  })

  it.each(['serverCa', 'server', 'serverKey'] as const)('is made anew without %s', async (file) => {
    const first = await serverIdentity(files, now)
    await rm(files[file])
    expect((await serverIdentity(files, now)).key).not.toBe(first.key)
  })
})

describe('demoCertificates', () => {
  const verdict = async (time: number) => {
    const chain = pemToDer(await readFile(files.caIssued, 'utf8'))
    const root = pemToDer(await readFile(files.partnerCa, 'utf8'))
    if (!chain.ok || !root.ok) throw new Error('not PEM')
    const [leaf = new Uint8Array(), ...rest] = chain.value
    return edgeVerdict({ leaf, chain: rest }, root.value, time)
  }

  it('are a leaf with its intermediate under a root, and a self-signed one', async () => {
    expect(await demoCertificates(files, now)).toEqual({ ca: true, selfSigned: true })
    expect(await verdict(now)).toBe('SUCCESS')
    const { subject, issuer } = new X509Certificate(await readFile(files.selfSigned))
    expect(subject).toBe(issuer)
  })

  it('are kept, then each is renewed under the same CA and subject', async () => {
    await demoCertificates(files, now)
    const before = await readFile(files.caIssued, 'utf8')
    expect(await demoCertificates(files, now)).toEqual({ ca: false, selfSigned: false })
    expect(await readFile(files.caIssued, 'utf8')).toBe(before)
    const later = now + 350 * day
    expect(await demoCertificates(files, later)).toEqual({ ca: false, selfSigned: true })
    const after = await readFile(files.caIssued, 'utf8')
    expect(after).not.toBe(before)
    expect(new X509Certificate(after).subject).toBe(new X509Certificate(before).subject)
    expect(await verdict(later + 300 * day)).toBe('SUCCESS')
  })
})

describe('keyEncryptionKeys', () => {
  it('are made once; a second one serves only while its file is there', async () => {
    const first = await keyEncryptionKeys(files)
    expect(first.KEY_ENCRYPTION_KEY).toMatch(/^[\w-]{43}$/)
    expect(await keyEncryptionKeys(files)).toEqual(first)
    await writeFile(files.previousKeyEncryptionKey, `${'A'.repeat(43)}\n`)
    expect(await keyEncryptionKeys(files)).toEqual({
      ...first,
      KEY_ENCRYPTION_KEY_PREVIOUS: 'A'.repeat(43),
    })
  })

  it('are refused where the file holds something else', async () => {
    await writeFile(files.keyEncryptionKey, 'short')
    await expect(keyEncryptionKeys(files)).rejects.toThrow('32 octets')
  })
})
