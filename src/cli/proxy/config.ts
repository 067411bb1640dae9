import {
  type HeaderSourceName,
  headerSourceNames,
  headerSources,
} from '../../certificate/header-sources.ts'
import { defaultCredentialHeader } from '../../certificate/source-settings.ts'
import { nearest } from '../../nearest.ts'
import { render } from '../../terminators/render.ts'
import { terminators } from '../../terminators/terminators.ts'
import { command } from '../command.ts'
import { done, type Outcome, usage } from '../outcome.ts'
import { proxyOptions, proxySettings } from './options.ts'

export const proxyConfig = command({
  name: 'proxy config',
  summary: 'a whole configuration for a TLS terminator in front of the Worker',
  about: [
    'Prints a configuration to paste. It asks every client for a certificate, removes forged headers,',
    'forwards the certificate in a header with a secret name, and sends a credential. The last lines are',
    'the matching settings of the Worker. THE OUTPUT CONTAINS SECRETS, new ones at each run.',
  ],
  operands: 'NAME',
  options: proxyOptions,
  examples: [
    'certbound proxy config nginx --upstream https://as.acme.net --public-host mtls.acme.net',
    'certbound proxy config haproxy --listen 127.0.0.1:8443 --json',
  ],
  async run({ operands: [name = ''], options }) {
    const terminator = terminators.find((one) => one.name === name)
    if (terminator === undefined) return unknownTerminator(name)
    const settings = proxySettings(options)
    if (!settings.ok) return usage(settings.error)
    const rendered = render(terminator, settings.value)
    return done(rendered.configuration.trimEnd().split('\n'), { name, ...rendered }, [
      'this contains secrets: store it where only the proxy can read it',
    ])
  },
})

function unknownTerminator(name: string): Outcome {
  const names = terminators.map((one) => one.name)
  const form = headerSourceNames.find((one) => one === name)
  if (form !== undefined) return headerFormOnly(form)
  const meant = nearest(name, names)
  return usage(
    `no terminator ${name}${meant === null ? '' : `; did you mean ${meant}?`}`,
    `known: ${names.join(', ')}`,
  )
}

/** Several programs write such a header, and each is configured in another way. */
function headerFormOnly(name: HeaderSourceName): Outcome {
  const { header, form } = headerSources[name]
  const where = header ?? 'the header of CERTIFICATE_HEADER (certbound proxy header-name)'
  return usage(
    `${name} is the form of a header, not a terminator: there is no configuration to print`,
    `your proxy must remove ${where} of clients, then set it: ${form}`,
    `it must also send ${defaultCredentialHeader}: \`certbound proxy credential\` makes PROXY_CREDENTIAL`,
    `set CERTIFICATE_SOURCE = "${name}" for the Worker; see docs/terminators.md`,
  )
}
