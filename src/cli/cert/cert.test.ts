import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa, mintIssued, mintSelfSigned } from '../../../test/support/node/partners.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { derToPem } from '../../encoding/pem.ts'
import { thumbprint } from '../../x509/index.ts'

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
  await cli.pem('self.pem', await mintSelfSigned('CN=self', now))
  await cli.file(
    'with-key.pem',
    `${derToPem(leaf)}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
  )
  await cli.file('cut.pem', derToPem(leaf).slice(0, 200))
  await cli.file('cut.der', leaf.subarray(0, 100))
  await cli.file('bare.txt', toBase64(leaf))
}, 30_000)
afterAll(() => cli.dispose())

describe('cert inspect', () => {
  it('says what a certificate is and how it would be registered', async () => {
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

  it('tells people the same, harmlessly', async () => {
    const { out } = await cli.run('cert', 'inspect', 'chain.pem')
    expect(out).toMatch(/^ {2}by OIDs +2\.5\.4\.6=/m)
    expect(out).toMatch(/\(40 days left\)/)
    expect(out).toMatch(/^kind +CA-issued/m)
    expect(out).toMatch(/^kind +a CA under another CA/m)
    expect(out).not.toContain('\u202e')
  })

  it('reads DER as PEM, and gives a self-signed certificate as a JWK', async () => {
    const der = (await cli.run('cert', 'inspect', 'leaf.der', '--json')).json()
    const pem = (await cli.run('cert', 'inspect', 'leaf.pem', '--json')).json()
    expect(der).toEqual(pem)
    expect((await cli.run('cert', 'inspect', 'self.pem', '--json')).json()).toMatchObject({
      certificates: [
        { kind: 'self-signed', registration: [{ jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } }] },
      ],
    })
  })

  const refusals: [file: string, said: RegExp][] = [
    ['none.pem', /there is no such file/],
    [
      'with-key.pem',
      /something else than certificates \(line \d+\)\n.*a private key has no business/,
    ],
    ['cut.pem', /begins in line 1 has no end/],
    ['cut.der', /not a certificate that can be used: /],
    ['bare.txt', /holds no certificate, neither PEM nor DER/],
  ]
  it.each(refusals)('refuses %s', async (file, said) => {
    const ran = await cli.run('cert', 'inspect', file)
    expect(ran).toMatchObject({ status: 1, out: '' })
    expect(ran.words).toMatch(said)
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

  it('gives JSON either way', async () => {
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
  ])('does not understand %j', async (args, said) => {
    const ran = await cli.run('cert', 'verify', ...args)
    expect(ran.status).toBe(2)
    expect(ran.words).toMatch(said)
  })
})
