import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { unknownVariable } from '../config.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { defaultDataDir } from '../local-stores/project-root.ts'

/** The options of the command line. */
export type LocalEdgeOptions = {
  readonly help: boolean
  readonly once: boolean
  readonly demo: boolean
  readonly port: number
  readonly mtlsPort: number
  readonly dataDir: string
  /** PEM files of the CAs that the edge itself knows. */
  readonly edgeCas: readonly string[]
  /** Empty, or such as `/tenant`. */
  readonly issuerPath: string
  /** Worker variables that replace those of wrangler.toml. */
  readonly variables: Readonly<Record<string, string>>
  /** Requests a minute; null: the limits of wrangler.toml. */
  readonly rateLimit: number | null
}

/** The text of `--help`. */
export const help = `Certbound's local edge: the Worker in workerd behind real TLS, for development.

Usage: npm start -- [options]

  --once               get a token for the CA-issued demo partner, print the response, stop
                       (npm start --silent keeps npm's own lines out of standard output)
  --port N             port of the ordinary host, without client certificates (default 8443;
                       0: any free port)
  --mtls-port N        port of the mutual-TLS host (default 8444; 0: any free port)
  --data-dir DIR       D1, KV, keys and demo certificates (default .certbound)
  --no-demo            do not register the demo partners, do not get tokens
  --edge-ca FILE       a CA that the edge itself knows, PEM (repeatable; default none). It only
                       decides request.cf.tlsClientAuth.certVerified; the Worker trusts its own
                       anchor sets (npx certbound ca)
  --var NAME=VALUE     a Worker variable that replaces the one of wrangler.toml (repeatable)
  --issuer-path PATH   a path for the issuer, such as /tenant
  --rate-limit N       requests a minute for each address and client, instead of wrangler.toml's
  --help               this text

Listens on 127.0.0.1 and ::1 only. Exit status: 0 done, 1 failed, 2 usage error.
`

const options = {
  help: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  demo: { type: 'boolean', default: true },
  port: { type: 'string', default: '8443' },
  'mtls-port': { type: 'string', default: '8444' },
  'data-dir': { type: 'string', default: defaultDataDir },
  'edge-ca': { type: 'string', multiple: true, default: [] as string[] },
  'issuer-path': { type: 'string', default: '' },
  var: { type: 'string', multiple: true, default: [] as string[] },
  'rate-limit': { type: 'string' },
} as const

/**
 * Reads the command line.
 * @returns the options, or a message that says what is wrong
 */
export function readArguments(args: readonly string[]): Result<LocalEdgeOptions, string> {
  const parsed = parse(args)
  if (!parsed.ok) return parsed
  const { values } = parsed.value
  const port = portOf(values.port)
  const mtlsPort = portOf(values['mtls-port'])
  if (port === null) return err(`--port: ${values.port} is no port number`)
  if (mtlsPort === null) return err(`--mtls-port: ${values['mtls-port']} is no port number`)
  if (port === mtlsPort && port !== 0) return err('--port and --mtls-port must differ')
  const rateLimit = values['rate-limit'] === undefined ? null : Number(values['rate-limit'])
  if (rateLimit !== null && !(Number.isSafeInteger(rateLimit) && rateLimit > 0)) {
    return err(`--rate-limit: ${values['rate-limit']} is not a positive number of requests`)
  }
  const issuerPath = values['issuer-path']
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(issuerPath)) {
    return err('--issuer-path: want a path like /tenant, without a slash at the end')
  }
  const variables = variablesOf(values.var)
  if (!variables.ok) return variables
  const { help, once, demo } = values
  if (once && !demo) return err('--once needs the demo partners: leave out --no-demo')
  return ok({
    help,
    once,
    demo,
    port,
    mtlsPort,
    rateLimit,
    issuerPath,
    dataDir: resolve(values['data-dir']),
    edgeCas: values['edge-ca'].map((file) => resolve(file)),
    variables: variables.value,
  })
}

function parse(args: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...args], options, strict: true, allowNegative: true }))
  } catch (error) {
    return err(error instanceof Error ? withoutAdvice(error.message) : String(error))
  }
}

/** Removes Node's advice about positional arguments: this program takes none. */
const withoutAdvice = (message: string): string => message.split('. ')[0] ?? message

const portOf = (text: string): number | null =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : null

function variablesOf(texts: readonly string[]): Result<Record<string, string>, string> {
  const variables: Record<string, string> = {}
  for (const text of texts) {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? []
    // Show the name only: the value may be a secret.
    const shown = text.split('=')[0]
    if (name === undefined || value === undefined)
      return err(`--var: want NAME=VALUE, not ${shown}`)
    const unknown = unknownVariable(name)
    if (unknown !== null) return err(`--var: ${unknown}`)
    variables[name] = value
  }
  return ok(variables)
}

/**
 * Options that npm has read as its own, because `--` is missing: `npm start --once`.
 * @param environment as npm sets it for a script
 */
export const optionsTakenByNpm = (environment: NodeJS.ProcessEnv): string[] =>
  environment.npm_lifecycle_event === 'start'
    ? Object.keys(options).filter(
        (name) => name !== 'help' && environment[`npm_config_${name.replaceAll('-', '_')}`],
      )
    : []
