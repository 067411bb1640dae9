import { defaultCredentialHeader } from '../certificate/source-settings.ts'
import {
  addressHeader,
  configurationValues,
  credentialValue,
  type ProxySettings,
  type Terminator,
  withPort,
} from './terminator.ts'

/** A configuration, and the matching settings of the Worker. */
export type Rendered = {
  readonly configuration: string
  /** The Worker's variables by name, as in wrangler.toml. */
  readonly settings: Readonly<Record<string, Setting>>
  /** The Worker's secrets by name. */
  readonly secrets: Readonly<Record<string, string>>
}

/** The value of a variable: text, or an object of texts. */
type Setting = string | Readonly<Record<string, string>>

/** Renders a configuration. The comments at its end list the matching settings of the Worker. */
export function render(terminator: Terminator, proxy: ProxySettings): Rendered {
  const { header, secret } = proxy.credential
  const values = configurationValues(proxy)
  const settings = {
    MTLS_ORIGIN: `https://${withPort(proxy.publicHost, proxy.listen.port)}`,
    // The Worker sees the host that the terminator calls, which may differ from the clients' host.
    CERTIFICATE_SOURCES: { [values.upstreamHost]: terminator.source },
    ...(header === defaultCredentialHeader ? {} : { PROXY_CREDENTIAL_HEADER: header }),
    ...(terminator.sendsAddress ? { PROXY_ADDRESS_HEADER: addressHeader } : {}),
  }
  const secrets = {
    ...(terminator.namesHeader ? { CERTIFICATE_HEADER: proxy.header } : {}),
    PROXY_CREDENTIAL: secret,
  }
  const [start, end] = terminator.comment
  const comment = (lines: readonly string[]) =>
    lines.map((line) => `${`${start} ${line}`.trimEnd()}${end}\n`).join('')
  const parts = [
    comment(head(terminator)),
    terminator.configuration(values),
    comment(tail(settings, secrets, proxy)),
  ]
  return { configuration: parts.join('\n'), settings, secrets }
}

const head = ({ name, title, verified, namesHeader }: Terminator): readonly string[] => [
  `Certbound behind ${title}: certbound proxy config ${name}`,
  `Contains secrets: the proxy credential${namesHeader ? ' and the name of the header' : ''}. Only the proxy may read this file.`,
  ...(verified === 'real program'
    ? []
    : [
        "Written from the vendor's documentation, and not tried against the real thing here:",
        'run `certbound doctor` against it before your partners use it.',
      ]),
]

/** No text contains quotes or backslashes. */
const toToml = (value: Setting): string =>
  typeof value === 'string'
    ? `"${value}"`
    : `{ ${Object.entries(value).map(([name, text]) => `"${name}" = "${text}"`)} }`

const tail = (
  settings: Rendered['settings'],
  secrets: Rendered['secrets'],
  { credential, publicHost, listen, files }: ProxySettings,
): readonly string[] => [
  'Settings of the Worker. In wrangler.toml under [vars]:',
  ...Object.entries(settings).map(([name, value]) => `  ${name} = ${toToml(value)}`),
  ...(files.proxyCertificate === null
    ? []
    : [
        `  PROXY_CERTIFICATES = "x5t#S256 of ${files.proxyCertificate.certificate}, as cert inspect prints it"`,
      ]),
  'and as secrets, which wrangler asks for:',
  ...Object.entries(secrets).flatMap(([name, value]) => [
    `  npx wrangler secret put ${name}`,
    `    ${value}`,
  ]),
  ...(credentialValue(credential) === credential.secret
    ? []
    : [`(PROXY_CREDENTIAL is user:password; ${credential.header} carries it as HTTP Basic.)`]),
  ...('PROXY_ADDRESS_HEADER' in settings
    ? []
    : [
        'RATE_LIMIT_ADDRESS counts all partners behind this proxy as one address: raise its limit.',
      ]),
  `Then: npm run deploy, and npx certbound doctor https://${withPort(publicHost, listen.port)}`,
]
