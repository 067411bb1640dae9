import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { unknownVariable } from '../config.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { defaultDataDir } from '../local-stores/project-root.ts'

/** What the command line asks for. */
export type LocalEdgeArguments = {
  readonly help: boolean
  readonly once: boolean
  readonly demo: boolean
  readonly port: number
  readonly mtlsPort: number
  readonly dataDir: string
  /** PEM files of CAs that the edge itself knows. */
  readonly edgeCas: readonly string[]
  /** '' or `/tenant`. */
  readonly issuerPath: string
  /** Worker variables in place of those of wrangler.toml. */
  readonly variables: Readonly<Record<string, string>>
  /** Requests a minute, or null for those of wrangler.toml. */
  readonly rateLimit: number | null
}

/** The text of `--help`. */
export const help = `Certbound's local edge: the Worker in workerd behind real TLS, for development.

Usage: npm start -- [options]

  --once               get the CA-issued demo partner's token, print the response, stop
                       (npm start --silent keeps npm's own lines out of standard output)
  --port N             the ordinary host, which asks for no certificate (default 8443; 0: any)
  --mtls-port N        the mutual-TLS host (default 8444; 0: any)
  --data-dir DIR       D1, KV, keys and demo certificates (default .certbound)
  --no-demo            neither register the demo partners nor fetch tokens
  --edge-ca FILE       a CA that the edge itself knows, PEM (repeatable; default none). It decides
                       request.cf.tlsClientAuth.certVerified, and nothing else: whom the Worker
                       trusts is in its own anchor sets (npx certbound ca)
  --var NAME=VALUE     a variable of the Worker, in place of wrangler.toml's (repeatable)
  --issuer-path PATH   an issuer with a path, such as /tenant
  --rate-limit N       requests a minute for an address and a client, in place of wrangler.toml's
  --help               this text

Listens on 127.0.0.1 and ::1 only. Exit status: 0 done, 1 failed, 2 not understood.
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
 * @returns what it asks for, or in words what is wrong with it
 */
export function readArguments(args: readonly string[]): Result<LocalEdgeArguments, string> {
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
    return err(`--rate-limit: ${values['rate-limit']} is no number of requests`)
  }
  const issuerPath = values['issuer-path']
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(issuerPath)) {
    return err('--issuer-path: want a path like /tenant, without a slash at the end')
  }
  const variables = variablesOf(values.var)
  if (!variables.ok) return variables
  const { help, once, demo } = values
  if (once && !demo) return err("--once gets the demo partner's token: it cannot do with --no-demo")
  return ok({
    ...{ help, once, demo, port, mtlsPort, rateLimit, issuerPath },
    dataDir: resolve(values['data-dir']),
    edgeCas: values['edge-ca'].map((file) => resolve(file)),
    variables: variables.value,
  })
}

function parse(args: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...args], options, strict: true, allowNegative: true }))
  } catch (fault) {
    return err(fault instanceof Error ? withoutAdvice(fault.message) : String(fault))
  }
}

/** Node adds how to pass a positional argument that begins with a dash: none are taken here. */
const withoutAdvice = (message: string): string => message.split('. ')[0] ?? message

const portOf = (text: string): number | null =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : null

function variablesOf(texts: readonly string[]): Result<Record<string, string>, string> {
  const variables: Record<string, string> = {}
  for (const text of texts) {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? []
    // What stands behind the sign may be a secret.
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
 * Options that npm kept for itself, because `--` was left out: `npm start --once`.
 * @param environment as npm hands it to the scripts it runs
 */
export const optionsKeptByNpm = (environment: NodeJS.ProcessEnv): string[] =>
  environment.npm_lifecycle_event === 'start'
    ? Object.keys(options).filter(
        (name) => name !== 'help' && environment[`npm_config_${name.replaceAll('-', '_')}`],
      )
    : []
