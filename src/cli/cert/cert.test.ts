import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintCrl } from '../../../test/support/mint/mint.ts'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa, mintIssued, mintSelfSigned } from '../../../test/support/node/partners.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { derToPem } from '../../encoding/pem.ts'
import { parseCertificate, thumbprint } from '../../x509/index.ts'

let cli: CommandLine
let expected: string
beforeAll(async () => {
  cli = await commandLine()
  const root = await mintCa('CN=Root', now)
  const issuing = await mintCa('CN=Issuing', now, root)
  const leaf = await mintIssued('C=DE,CN=le\\E2\\80\\AEaf', issuing, now, {
    names: [{ dns: 'a.example.net' }, { ip: [10, 0, 0, 1] }],
    notAfter: now + 40 * 86_400,
  })
  expected = await thumbprint(leaf)
  await cli.pem('root.pem', root.certificate)
  await cli.pem('issuing.pem', issuing.certificate)
  await cli.pem('leaf.pem', leaf)
  await cli.pem('chain.pem', leaf, issuing.certificate)
  await cli.file('leaf.der', leaf)
  const parsed = parseCertificate(leaf)
  if (!parsed.ok) throw new Error(parsed.reason)
  const serial = BigInt(`0x${parsed.certificate.serialNumber}`)
  const dates = { thisUpdate: now - 60, nextUpdate: now + 86_400 }
  const byIssuing = { ...dates, issuer: 'CN=Issuing', signWith: issuing.key }
  const list = await mintCrl({ ...byIssuing, entries: [{ serial: 1 }] })
  await cli.file('good.crl', list)
  const revoked = await mintCrl({ ...byIssuing, number: 2, entries: [{ serial, reasonCode: 1 }] })
  await cli.file(
    'revoked.crl',
    `-----BEGIN X509 CRL-----\n${toBase64(revoked)}\n-----END X509 CRL-----\n`,
  )
  await cli.file('forged.crl', await mintCrl({ ...byIssuing, signWith: root.key }))
  await cli.file('root.crl', await mintCrl({ ...dates, issuer: 'CN=Root', signWith: root.key }))
  const odd = [['CN', 'le\u202eaf']] as const
  const names = [{ dns: '*.example.net' }, { dns: 'b.example.net' }]
  await cli.pem('odd.pem', await mintIssued(odd, root, now, { names }))
  await cli.pem('self.pem', await mintSelfSigned('CN=self', now))
  await cli.file(
    'with-key.pem',
    `${derToPem(leaf)}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
  )
  const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`
  await cli.file('request.pem', block('CERTIFICATE REQUEST'))
  await cli.file('bag.pem', `\n${block('PKCS7')}`)
  await cli.file('other.pem', block('PGP MESSAGE'))
  // The first octets are enough to recognise these: openssl writes DER, Java writes BER.
  await cli.file('store.p12', Uint8Array.of(0x30, 0x82, 4, 0, 2, 1, 3, 0x30, 0x82))
  await cli.file('store-of-java.p12', Uint8Array.of(0x30, 0x80, 2, 1, 3, 0x30, 0x80))
  await cli.file('bag.p7b', Uint8Array.of(0x30, 0x82, 4, 0, 6, 9, 0x2a, 0x86))
  await cli.file('key.der', Uint8Array.of(0x30, 0x81, 0x87, 2, 1, 0, 0x30, 0x13))
  await cli.file('cut.pem', derToPem(leaf).slice(0, 200))
  await cli.file('cut.der', leaf.subarray(0, 100))
  await cli.file('bare.txt', toBase64(leaf))
}, 30_000)
afterAll(() => cli.dispose())

describe('cert inspect', () => {
  it('shows a certificate and how it would be registered', async () => {
    const { certificates } = (await cli.run('cert', 'inspect', 'leaf.pem', '--json')).json() as {
      certificates: unknown[]
    }
    expect(certificates).toEqual([
      expect.objectContaining({
        kind: 'issued',
        issuer: 'CN=Issuing',
        'x5t#S256': expected,
        key: 'EC, P-256',
        not_after: now + 40 * 86_400,
        san: { dns: ['a.example.net'], uri: [], ip: ['10.0.0.1'], email: [] },
        registration: [
          expect.objectContaining({
            tls_client_auth_subject_dn: expect.stringMatching(/^C=DE,CN=/),
          }),
          {
            token_endpoint_auth_method: 'tls_client_auth',
            tls_client_auth_san_dns: 'a.example.net',
          },
          { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: '10.0.0.1' },
        ],
      }),
    ])
  })

  it('proposes only what registration accepts', async () => {
    // Neither the subject with its U+202E nor the wildcard can be registered.
    const dns = { tls_client_auth_san_dns: 'b.example.net' }
    expect((await cli.run('cert', 'inspect', 'odd.pem', '--json')).json()).toMatchObject({
      certificates: [{ registration: [{ token_endpoint_auth_method: 'tls_client_auth', ...dns }] }],
    })
    const { out } = await cli.run('cert', 'inspect', 'odd.pem')
    expect(out).toMatch(/^subject +CN=le\\e2\\80\\aeaf$/m)
  })

  it('prints the same as text', async () => {
    const { out } = await cli.run('cert', 'inspect', 'chain.pem')
    expect(out).toMatch(/^ {2}with OIDs +2\.5\.4\.6=/m)
    expect(out).toMatch(/\(40 days left\)/)
    expect(out).toMatch(/^kind +issued by a CA/m)
    expect(out).toMatch(/^kind +a CA under another CA/m)
  })

  it('reads DER like PEM, and shows a self-signed certificate as a JWK', async () => {
    const der = (await cli.run('cert', 'inspect', 'leaf.der', '--json')).json()
    const pem = (await cli.run('cert', 'inspect', 'leaf.pem', '--json')).json()
    expect(der).toEqual(pem)
    expect((await cli.run('cert', 'inspect', 'self.pem', '--json')).json()).toMatchObject({
      certificates: [
        { kind: 'self-signed', registration: [{ jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } }] },
      ],
    })
  })

  const refusals: [file: string, message: RegExp][] = [
    ['none.pem', /there is no such file/],
    ['with-key.pem', /contains a private key \(line \d+\)\n.*only the certificate/],
    ['request.pem', /contains a certificate request \(CSR\) \(line 1\)\n.*ask the partner/],
    ['bag.pem', /is PKCS#7 \(line 2\)\n.*openssl pkcs7 -in FILE -print_certs/],
    [
      'other.pem',
      /contains a block named "PGP MESSAGE" \(line 1\)\n.*CERTIFICATE----- blocks only/,
    ],
    ['store.p12', /is PKCS#12.*\n.*openssl pkcs12 -in FILE -clcerts -nokeys/],
    ['store-of-java.p12', /is PKCS#12/],
    ['bag.p7b', /is PKCS#7\n.*openssl pkcs7 -inform DER -in FILE -print_certs/],
    ['key.der', /contains a private key\n/],
    ['cut.pem', /begins in line 1 has no end/],
    ['cut.der', /not a certificate that can be used: /],
    ['bare.txt', /contains no certificate, neither PEM nor DER/],
  ]
  it.each(refusals)('refuses %s', async (file, message) => {
    const ran = await cli.run('cert', 'inspect', file)
    expect(ran).toMatchObject({ status: 1, out: '' })
    expect(ran.err).toMatch(message)
  })
})

describe('cert verify', () => {
  const cases: [name: string, args: string[], status: number, out: RegExp][] = [
    [
      'a path over an intermediate',
      ['--intermediate', 'issuing.pem', 'leaf.pem'],
      0,
      /^accepted\n {2}leaf .*\n {2}intermediate {2}CN=Issuing .*\n {2}anchor +CN=Root /,
    ],
    ['a chain in one file', ['chain.pem'], 0, /^accepted/],
    ['no intermediate', ['leaf.pem'], 1, /^refused: unknown_issuer\n/],
    ['after its end', ['chain.pem', '--time', '2030-01-01T00:00:00Z'], 1, /^refused: expired\n/],
    [
      'a date without a time',
      ['chain.pem', '--time', '2020-01-01'],
      1,
      /^refused: not_yet_valid\n/,
    ],
  ]
  it.each(cases)('%s', async (_, args, status, out) => {
    const ran = await cli.run('cert', 'verify', '--anchor', 'root.pem', ...args)
    expect(ran.status).toBe(status)
    expect(ran.out).toMatch(out)
  })

  it.each<[name: string, args: string[], status: number, out: RegExp]>([
    ['a CRL that does not list it', ['--crl', 'good.crl'], 0, /^accepted/],
    ['a CRL that lists it', ['--crl', 'revoked.crl'], 1, /^refused: revoked\n/],
    ['both, the newer one first', ['--crl', 'revoked.crl', '--crl', 'good.crl'], 1, /: revoked\n/],
    ['no CRL for the intermediate', ['--crl', 'good.crl', '--revocation', 'require'], 1, /no_list/],
    [
      'a CRL for each certificate',
      ['--crl', 'good.crl', '--crl', 'root.crl', '--revocation', 'require'],
      0,
      /^acc/,
    ],
    ['a CRL that another CA signed', ['--crl', 'forged.crl'], 1, /not_signed_by_issuer/],
    ['a CRL that is not checked', ['--crl', 'revoked.crl', '--revocation', 'off'], 0, /^accepted/],
  ])('with CRLs: %s', async (_, args, status, out) => {
    const ran = await cli.run('cert', 'verify', '--anchor', 'root.pem', 'chain.pem', ...args)
    expect(ran.status).toBe(status)
    expect(ran.out).toMatch(out)
  })

  it.each([
    ['a certificate', 'leaf.pem', /contains no certificate revocation list/],
    ['a certificate in DER', 'leaf.der', /can be used: /],
    ['a missing file', 'none.crl', /no such file/],
  ])('refuses %s as a CRL', async (_, file, message) => {
    const ran = await cli.run('cert', 'verify', '--anchor', 'root.pem', 'chain.pem', '--crl', file)
    expect(ran.status).toBe(1)
    expect(ran.err).toMatch(message)
  })

  it('says what to do about a refusal', async () => {
    const verify = (...args: string[]) => cli.run('cert', 'verify', '--anchor', 'root.pem', ...args)
    expect((await verify('leaf.pem')).err).toMatch(/issuer is CN=Issuing\n.*--intermediate FILE/)
    const expired = await verify('chain.pem', '--time', '2030-01-01T00:00:00Z')
    expect(expired.err).toMatch(/^it expired 2027-\d\d-\d\d .*\nask the partner for a new one/)
  })

  it('prints both verdicts as JSON', async () => {
    const verify = (...args: string[]) =>
      cli.run('cert', 'verify', '--anchor', 'root.pem', '--json', ...args)
    expect((await verify('chain.pem')).json()).toMatchObject({
      ok: true,
      path: [{}, { subject: 'CN=Issuing' }, { subject: 'CN=Root' }],
      not_after: now + 40 * 86_400,
    })
    expect((await verify('leaf.pem')).json()).toMatchObject({ ok: false, reason: 'unknown_issuer' })
  })

  it.each([
    [['leaf.pem'], /--anchor/],
    [['leaf.pem', '--anchor', 'root.pem', '--time', 'tomorrow'], /ISO 8601/],
    [['leaf.pem', '--anchor', 'root.pem', '--time', '1800000000'], /ISO 8601/],
    [['leaf.pem', '--anchor', 'root.pem', '--revocation', 'hard'], /if-available/],
  ])('refuses the usage %j', async (args, message) => {
    const ran = await cli.run('cert', 'verify', ...args)
    expect(ran.status).toBe(2)
    expect(ran.err).toMatch(message)
  })
})
