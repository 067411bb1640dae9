import { defaultCredentialHeader } from '../certificate/source-settings.ts'
import {
  addressHeader,
  credentialValue,
  type ProxySettings,
  upstreamHost,
  withPort,
} from './settings.ts'
import type { ProxyTemplate } from './template.ts'

/** A configuration and what the Worker has to be told with it. */
export type Rendered = {
  readonly configuration: string
  /** The Worker's variables, by name, as wrangler.toml takes them. */
  readonly settings: Readonly<Record<string, Setting>>
  /** The Worker's secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>
}

/** The value of a variable: text, or an object of texts. */
type Setting = string | Readonly<Record<string, string>>

/** Fills a template; the comments at its end say what the Worker has to be told. */
export function render(template: ProxyTemplate, proxy: ProxySettings): Rendered {
  const { header, secret } = proxy.credential
  const settings = {
    MTLS_ORIGIN: `https://${withPort(proxy.publicHost, proxy.listen.port)}`,
    // By host: the one that the terminator calls, which need not be the one that partners call.
    CERTIFICATE_SOURCES: { [upstreamHost(proxy)]: template.source },
    ...(header === defaultCredentialHeader ? {} : { PROXY_CREDENTIAL_HEADER: header }),
    ...(template.tellsAddress ? { PROXY_ADDRESS_HEADER: addressHeader } : {}),
  }
  const secrets = {
    ...(template.namesHeader ? { CERTIFICATE_HEADER: proxy.header } : {}),
    PROXY_CREDENTIAL: secret,
  }
  const [begin, end] = template.comment
  const comment = (lines: readonly string[]) =>
    lines.map((line) => `${`${begin} ${line}`.trimEnd()}${end}\n`).join('')
  return {
    configuration: [
      comment(head(template)),
      '\n',
      template.configuration(proxy),
      '\n',
      comment(tail(settings, secrets, proxy)),
    ].join(''),
    settings,
    secrets,
  }
}

const head = ({ name, title, verified, namesHeader }: ProxyTemplate): readonly string[] => [
  `Certbound behind ${title}: certbound proxy config ${name}`,
  `Holds secrets: the proxy credential${namesHeader ? ' and the name of the header' : ''}. Readable by the proxy alone.`,
  ...(verified === 'real program'
    ? []
    : [
        'Written after the documentation of the vendor, and not tried against the real thing here:',
      ]),
  ...(verified === 'real program' ? [] : ['run `certbound doctor` against it before partners do.']),
]

/** All texts are free of quotes and backslashes. */
const toToml = (value: Setting): string =>
  typeof value === 'string'
    ? `"${value}"`
    : `{ ${Object.entries(value).map(([name, text]) => `"${name}" = "${text}"`)} }`

const tail = (
  settings: Rendered['settings'],
  secrets: Rendered['secrets'],
  { credential, publicHost, listen, files }: ProxySettings,
): readonly string[] => [
  'What the Worker has to be told. In wrangler.toml under [vars]:',
  ...Object.entries(settings).map(([name, value]) => `  ${name} = ${toToml(value)}`),
  ...(files.hop === null
    ? []
    : [`  PROXY_CERTIFICATES = "x5t#S256 of ${files.hop.certificate}, as cert inspect prints it"`]),
  'and as secrets, each entered where wrangler asks for it:',
  ...Object.entries(secrets).flatMap(([name, value]) => [
    `  npx wrangler secret put ${name}`,
    `    ${value}`,
  ]),
  ...(credentialValue(credential) === credential.secret
    ? []
    : [`(PROXY_CREDENTIAL is user:password; ${credential.header} carries it as HTTP Basic.)`]),
  ...('PROXY_ADDRESS_HEADER' in settings
    ? []
    : ['For RATE_LIMIT_ADDRESS all partners behind this proxy are one address: raise its limit.']),
  `Then: npm run deploy, and npx certbound doctor https://${withPort(publicHost, listen.port)}`,
]
