import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { headerCertificate } from '../../src/certificate/header-certificate.ts'
import type { HeaderSourceName } from '../../src/certificate/header-sources.ts'
import type { CertificateChain } from '../../src/certificate/presented-certificate.ts'
import { thumbprint } from '../../src/x509/index.ts'
import { describeVectors, readJson } from '../support/node/vectors.ts'

type Appendix9440 = {
  readonly client_cert_header: string
  readonly client_cert_chain_header: string
  readonly derived_here: readonly { readonly 'x5t#S256': string }[]
}

function read(
  name: HeaderSourceName,
  header: string,
  headers: Readonly<Record<string, string>>,
): CertificateChain | string {
  const presented = headerCertificate(name, header)(new Request('https://x/', { headers }))
  if (!presented.ok) return presented.error.code
  if (presented.value.kind !== 'whole') return presented.value.kind
  const decoded = presented.value.decode()
  return decoded.ok ? decoded.value : decoded.error.problem
}

async function thumbprints(read: CertificateChain | string): Promise<string | string[]> {
  return typeof read === 'string'
    ? read
    : Promise.all([read.leaf, ...read.chain].map((der) => thumbprint(der)))
}

describeVectors('rfc', (folder) => {
  it('RFC 9440 appendix A: a leaf and its chain', async () => {
    const vector = readJson<Appendix9440>(join(folder, 'rfc9440-appendix-a.json'))
    const found = read('rfc9440', 'Client-Cert', {
      'Client-Cert': vector.client_cert_header,
      'Client-Cert-Chain': vector.client_cert_chain_header,
    })
    expect(await thumbprints(found)).toEqual(
      vector.derived_here.map((certificate) => certificate['x5t#S256']),
    )
  })
})

describeVectors('connect2id-header', (folder) => {
  const expected = readJson<{ 'x5t#S256': string }>(join(folder, 'expected.json'))
  const text = (file: string) => readFileSync(join(folder, file), 'utf8').trim()
  const header = 'Sec-Client-X509-Cert-alaeLuL8geiqu3OhOg1Mafa4Ecu9ahsh'

  it.each(['plain.txt', 'url-encoded.txt'])('a certificate of 2017: %s', async (file) => {
    const found = read('connect2id', header, { [header]: text(file) })
    expect(await thumbprints(found)).toEqual([expected['x5t#S256']])
  })
})
