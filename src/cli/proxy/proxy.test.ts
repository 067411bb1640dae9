import { describe, expect, it } from 'vitest'
import { headerSourceNames, headerSources } from '../../certificate/header-sources.ts'
import { terminators } from '../../terminators/terminators.ts'
import { commands } from '../commands.ts'
import { run } from '../run.ts'

/** A run of the command line: its status, and what it wrote where. */
async function ran(...args: readonly string[]) {
  const out: string[] = []
  const words: string[] = []
  const output = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void words.push(line),
  }
  const status = await run(args, commands, output, {})
  return { status, out: out.join('\n'), words: words.join('\n') }
}

type Printed = {
  readonly name: string
  readonly configuration: string
  readonly settings: Record<string, unknown>
  readonly secrets: Record<string, string>
}

const printed = async (...args: readonly string[]): Promise<Printed> => {
  const { status, out, words } = await ran('proxy', 'config', ...args, '--json')
  expect(status, words).toBe(0)
  return JSON.parse(out) as Printed
}

const header = 'Partner-9f4b23b8414147a7df8584cb7e6e4b93'
const credential = 'B9uspJO2-WOvbyXaNV18gevDGM0x3gdnaFxI8t4ZXhs'
const given = [
  ...['--upstream', 'https://worker.acme.net:8443', '--public-host', 'mtls.acme.net'],
  ...['--header-name', header, '--credential', credential],
]

describe.each(terminators.map((terminator) => [terminator.name, terminator] as const))(
  'proxy config %s',
  (name, { source, namesHeader, sendsAddress, verified }) => {
    it('is complete, and lists the settings of the Worker', async () => {
      const { configuration, settings, secrets, ...rest } = await printed(name, ...given)
      expect(rest).toEqual({ name })
      expect(settings).toEqual({
        MTLS_ORIGIN: 'https://mtls.acme.net',
        CERTIFICATE_SOURCES: { 'worker.acme.net:8443': source },
        ...(sendsAddress ? { PROXY_ADDRESS_HEADER: 'Certbound-Client-Address' } : {}),
      })
      expect(secrets).toEqual({
        ...(namesHeader ? { CERTIFICATE_HEADER: header } : {}),
        PROXY_CREDENTIAL: credential,
      })
      expect(configuration).not.toMatch(/undefined|\bNaN\b|\[object|\$\{/)
      const [body, comments] = configuration.split('Settings of the Worker')
      for (const text of [
        ...['worker.acme.net', '8443', 'mtls.acme.net', credential],
        ...(sendsAddress ? ['Certbound-Client-Address'] : []),
      ]) {
        expect(body).toContain(text)
      }
      expect(body?.includes(header)).toBe(namesHeader)
      for (const text of [source, ...Object.keys(secrets), ...Object.values(secrets)]) {
        expect(comments).toContain(text)
      }
      expect(configuration.includes('not tried against the real thing')).toBe(
        verified !== 'real program',
      )
    })

    it('contains new secrets at each run', async () => {
      const [one, other] = [await printed(name), await printed(name)]
      for (const secret of Object.keys(one.secrets)) {
        expect(one.secrets[secret]).not.toBe(other.secrets[secret])
        expect(one.secrets[secret]?.length).toBeGreaterThanOrEqual(32)
      }
      // The longest header name that AWS accepts.
      if (namesHeader) expect(one.secrets.CERTIFICATE_HEADER).toMatch(/^[A-Za-z0-9-]{32,40}$/)
    })

    it('names its header only if the source allows it', () => {
      expect(!namesHeader || headerSources[source].mayChooseHeader).toBe(true)
    })
  },
)

describe('proxy config', () => {
  it.each([
    ['Authorization', 'user:f2f3a802ea4dbd08af347130118c9851f5c7'],
    ['authorization', 'user:f2f3a802ea4dbd08af347130118c9851f5c7'],
  ])('carries a credential as HTTP Basic in %s', async (name, secret) => {
    const how = ['--credential-header', name, '--credential', secret]
    const { configuration, settings, secrets } = await printed('nginx', ...how)
    expect(configuration).toContain(`proxy_set_header ${name} "Basic ${btoa(secret)}";`)
    expect(settings.PROXY_CREDENTIAL_HEADER).toBe(name)
    expect(secrets.PROXY_CREDENTIAL).toBe(secret)
  })

  it.each(['nginx', 'apache', 'haproxy', 'caddy'])(
    'presents a certificate of the proxy only if one is given: %s',
    async (name) => {
      const withHop = ['--hop-certificate', '/etc/x/hop.pem', '--hop-key', '/etc/x/hop.key']
      const active = /^[^#\n]*\/etc\/\w+\/(hop|proxy)\.pem/m
      expect((await printed(name, ...withHop)).configuration).toMatch(active)
      expect((await printed(name)).configuration).not.toMatch(active)
    },
  )

  it.each([
    [46, null],
    [47, 128],
    [110, 128],
    [111, 512],
  ])('gives nginx a bucket for a name of %i letters', async (length, bucket) => {
    const name = `${'a'.repeat(length)}`.replaceAll(/a{9}a/g, 'aaaaaaaaa.').replace(/\.$/, 'b')
    expect(name).toHaveLength(length)
    const { configuration } = await printed('nginx', '--public-host', name)
    const [, size] = /^server_names_hash_bucket_size (\d+);$/m.exec(configuration) ?? []
    expect(size ?? null).toBe(bucket === null ? null : String(bucket))
  })

  it('names the URL for the doctor, with the port', async () => {
    const end = async (...args: string[]) =>
      (await printed('nginx', ...given, ...args)).configuration.split('\n').at(-2)
    expect(await end()).toMatch(/ certbound doctor https:\/\/mtls\.acme\.net$/)
    expect(await end('--listen', '9443')).toMatch(/ doctor https:\/\/mtls\.acme\.net:9443$/)
  })

  it('prints its secrets only to standard output', async () => {
    const { status, out, words } = await ran('proxy', 'config', 'nginx', ...given)
    expect(status).toBe(0)
    expect(out).toContain(credential)
    expect(words).not.toContain(credential)
    expect(words).not.toContain(header)
  })

  it.each<[name: string, args: readonly string[], problem: RegExp]>([
    ['an unknown terminator', ['ngnix'], /did you mean nginx/],
    ...headerSourceNames
      .filter((name) => !terminators.some((one) => one.name === name))
      .map((name): [string, string[], RegExp] => [
        `${name}, which is not a terminator`,
        [name],
        new RegExp(
          `${name} is the form of a header, not a terminator: .*\\n.* must remove .*\\n.*\\n.*CERTIFICATE_SOURCE = "${name}" `,
        ),
      ]),
    ['http', ['nginx', '--upstream', 'http://a.test'], /--upstream: want https/],
    ['a path', ['nginx', '--upstream', 'https://a.test/x'], /--upstream/],
    ['a user', ['nginx', '--upstream', 'https://u@a.test'], /--upstream/],
    ['a host with a quote', ['nginx', '--public-host', 'a";b'], /--public-host/],
    ['a host with a port', ['nginx', '--public-host', 'a.test:443'], /--public-host/],
    ['port 0', ['nginx', '--listen', '0'], /--listen/],
    ['port 65536', ['nginx', '--listen', '65536'], /--listen/],
    ['a name to listen on', ['nginx', '--listen', 'localhost:1'], /--listen/],
    ['a short header name', ['nginx', '--header-name', 'X-Client-Cert'], /--header-name/],
    ['a header name made up', ['nginx', '--header-name', `X-${'abc1'.repeat(9)}`], /--header-name/],
    ['a header name with an underscore', ['nginx', '--header-name', `${header}_`], /--header-name/],
    ['a short credential', ['nginx', '--credential', 'secret'], /--credential/],
    ['a credential with a quote', ['nginx', '--credential', `${credential}"`], /--credential/],
    [
      'HTTP Basic without a colon',
      ['nginx', '--credential', credential, '--credential-header', 'Authorization'],
      /user:password/,
    ],
    ['a header with a blank', ['nginx', '--credential-header', 'a b'], /--credential-header/],
    ...[
      ...['Host', 'X-Client-Cert', 'client-cert-chain', 'X-SSL-Client-Cert', 'CF-Ray', '1-a'],
      ...['Proxy-Authorization', 'Connection'],
    ].map((name): [string, string[], RegExp] => [
      `${name} for the credential`,
      ['nginx', '--credential-header', name],
      /--credential-header: want the name of a header that means nothing else/,
    ]),
    ...[header.toLowerCase(), `${header}-chain`, 'Certbound-Client-Address'].map(
      (name): [string, string[], RegExp] => [
        `${name} for two things`,
        ['nginx', '--header-name', header, '--credential-header', name],
        /want four different names/,
      ],
    ),
    ['a path with a semicolon', ['nginx', '--key', '/a;b'], /want a path/],
    ['a path with a line feed', ['nginx', '--upstream-ca', '/a\nb'], /want a path/],
    ['half a certificate', ['nginx', '--hop-key', '/a'], /go together/],
  ])('does not take %s', async (_, args, problem) => {
    const { status, out, words } = await ran('proxy', 'config', ...args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(words).toMatch(problem)
  })
})

it('proxy list shows what each terminator forwards', async () => {
  const { status, out } = await ran('proxy', 'list')
  expect(status).toBe(0)
  for (const { name } of terminators) expect(out).toContain(`\n${name} `)
  const { out: json } = await ran('proxy', 'list', '--json')
  expect(JSON.parse(json)).toHaveLength(terminators.length)
})
