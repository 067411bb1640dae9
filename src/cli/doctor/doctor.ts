import { checks } from '../../doctor/checks/checks.ts'
import { discover } from '../../doctor/discover.ts'
import type { Finding } from '../../doctor/findings/findings.ts'
import { openWire, type Wire } from '../../doctor/wire/wire.ts'
import { command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { done, failedCheck } from '../outcome.ts'
import { readWanted, type Wanted } from './options.ts'
import { reportJson, reportLines } from './report.ts'

/** Connections in all: what our own rate limit grants an address in a minute. */
const limit = 300
/** With malformed lines on top. */
const smugglingLimit = 450

/** `doctor`. */
export const doctor = command({
  name: 'doctor',
  summary: 'attack a running deployment as an intruder would, and say what was found',
  operands: 'URL',
  about: [
    'URL is the issuer, or another host of it. With the certificate and key of a registered test partner',
    'it forges certificate headers in that name, without the key: a token then is a hole. It sends at',
    `most ${limit} requests, to the hosts of the issuer alone, and says how many. Try it on what is yours.`,
    'Exit status: 0 nothing failed, 1 something did, 2 not understood. docs/doctor.md has every finding.',
  ],
  arity: [1, 1],
  options: {
    certificate: { type: 'string', value: 'FILE', help: "the partner's, with its chain, PEM" },
    key: { type: 'string', value: 'FILE', help: 'its private key, PEM' },
    'client-id': { type: 'string', value: 'ID', help: "the partner's client_id" },
    'header-name': {
      type: 'string',
      value: 'NAME',
      help: 'the secret header name; better CERTIFICATE_HEADER in the environment',
    },
    resolve: {
      type: 'string',
      multiple: true,
      value: 'WHERE',
      help: 'HOST:PORT:ADDRESS[:PORT], to connect elsewhere for a host',
    },
    ca: { type: 'string', value: 'FILE', help: 'CAs of the servers, in place of the well-known' },
    smuggling: {
      type: 'boolean',
      help: 'also malformed header lines; never through a shared edge',
    },
    ...jsonOption,
  },
  examples: [
    'certbound doctor https://as.example.com',
    'certbound doctor https://as.example.com --client-id test-partner \\',
    '    --certificate test.pem --key test-key.pem',
    'certbound doctor https://localhost:8443 --ca .certbound/tls/ca.pem',
  ],
  async run({ operands: [url = ''], options }, context) {
    const { environment, cwd } = context
    const wanted = await readWanted(url, options, cwd, environment.CERTIFICATE_HEADER)
    if (!wanted.ok) return wanted.error
    const { ca, resolutions } = wanted.value
    const wire = openWire({
      ...{ ca, resolutions, pause: context.pause },
      limit: options.smuggling ? smugglingLimit : limit,
    })
    const findings = await examine(wire, wanted.value, options.smuggling, context)
    context.redraw?.('')
    const lines = reportLines(wanted.value.url, findings, wire.sent())
    const json = reportJson(wanted.value.url, findings, wire.sent())
    return (json.ok ? done : failedCheck)(lines, json)
  },
})

async function examine(
  wire: Wire,
  { url, partner, headerName }: Wanted,
  smuggling: boolean,
  { now, elapsed, redraw }: Context,
): Promise<Finding[]> {
  redraw?.('looking for the metadata')
  const found = await discover(wire, url)
  if (!found.ok) return [found.error]
  const clock = () => now + elapsed()
  const findings: Finding[] = []
  for (const { says, run } of checks) {
    redraw?.(`${says} (${wire.sent().requests} requests sent)`)
    const examination = { wire, clock, url, partner, headerName, smuggling, found: found.value }
    findings.push(...(await run(examination)))
  }
  return findings
}
