import { examine, maxConnections } from '../../doctor/index.ts'
import { command } from '../command.ts'
import { checked } from '../outcome.ts'
import { readArguments } from './options.ts'
import { reportJson, reportLines } from './report.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'attack a running deployment as an attacker would, and report what was found',
  operands: 'URL',
  about: [
    'URL is the issuer, or another host of the same deployment. With the certificate of a registered',
    'test partner it forges certificate headers in its name, without its key: a token is then a',
    'vulnerability. It sends requests only to the hosts of the issuer, and at most',
    `${maxConnections} in total. Run it only against your own deployment. Exit status: 0 no check failed, 1 a check`,
    'failed, 2 invalid arguments. docs/doctor.md lists the checks.',
  ],
  options: {
    certificate: { value: 'FILE', help: "the partner's, with its chain, PEM" },
    key: { value: 'FILE', help: 'its private key, PEM' },
    'client-id': { value: 'ID', help: "the partner's client_id" },
    'header-name': {
      value: 'NAME',
      help: 'the secret header name; better CERTIFICATE_HEADER in the environment',
    },
    resolve: {
      multiple: true,
      value: 'WHERE',
      help: 'HOST:PORT:ADDRESS[:PORT], another address for a host',
    },
    ca: { value: 'FILE', help: 'CAs of the servers, instead of the public ones' },
    smuggling: { help: 'also send malformed header lines; not through a shared edge' },
  },
  examples: [
    'certbound doctor https://as.example.com',
    'certbound doctor https://as.example.com --client-id test-partner \\',
    '    --certificate test.pem --key test-key.pem',
    'certbound doctor https://localhost:8443 --ca .certbound/tls/ca.pem',
  ],
  async run({ operands: [operand = ''], options }, context) {
    const { environment, cwd, now, elapsed, pause, redraw } = context
    const read = await readArguments(operand, options, cwd, environment.CERTIFICATE_HEADER)
    if (!read.ok) return read.error
    const { findings, sent } = await examine({
      ...read.value,
      smuggling: options.smuggling,
      pause,
      clock: () => now + elapsed(),
      onProgress: (activity, requests) => redraw?.(`${activity} (${requests} requests sent)`),
    })
    redraw?.('')
    const { url } = read.value
    const json = reportJson(url, findings, sent)
    return checked(json.ok, reportLines(url, findings, sent), json)
  },
})
