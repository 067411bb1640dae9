import {
  type HeaderSourceName,
  headerSourceNames,
  headerSources,
} from '../../certificate/header-sources.ts'
import { defaultCredentialHeader } from '../../certificate/source-settings.ts'
import { nearest } from '../../encoding/nearest.ts'
import { render } from '../../terminators/render.ts'
import { proxyTemplates } from '../../terminators/templates.ts'
import { command, jsonOption } from '../command.ts'
import { done, type Outcome, usage } from '../outcome.ts'
import { proxyOptions, proxySettings } from './options.ts'

/** `proxy config`. */
export const proxyConfig = command({
  name: 'proxy config',
  summary: 'a whole configuration for a TLS terminator in front of the Worker',
  about: [
    'Prints what to paste: it asks every partner for a certificate, removes what clients forge, hands',
    'the certificate on in a header that nobody can guess, and proves itself with a credential. The',
    'last lines say what the Worker has to be told. THE OUTPUT HOLDS SECRETS, new ones at each run.',
  ],
  operands: 'NAME',
  arity: [1, 1],
  options: { ...proxyOptions, ...jsonOption },
  examples: [
    'certbound proxy config nginx --upstream https://as.acme.net --public-host mtls.acme.net',
    'certbound proxy config haproxy --listen 127.0.0.1:8443 --json',
  ],
  async run({ operands: [name = ''], options }) {
    const template = proxyTemplates.find((one) => one.name === name)
    if (template === undefined) return noTerminator(name)
    const settings = proxySettings(options)
    if (!settings.ok) return usage(settings.error)
    const rendered = render(template, settings.value)
    return done(rendered.configuration.trimEnd().split('\n'), { name, ...rendered }, [
      'this holds secrets: store it where the proxy alone can read it',
    ])
  },
})

function noTerminator(name: string): Outcome {
  const names = proxyTemplates.map((one) => one.name)
  const form = headerSourceNames.find((one) => one === name)
  if (form !== undefined) return onlyAForm(form)
  const meant = nearest(name, names)
  return usage(
    `no terminator ${name}${meant === null ? '' : `; did you mean ${meant}?`}`,
    `known: ${names.join(', ')}`,
  )
}

/** Several programs write such a header, each configured in its own way. */
function onlyAForm(name: HeaderSourceName): Outcome {
  const { header, form } = headerSources[name]
  const where = header ?? 'the header of CERTIFICATE_HEADER (certbound proxy header-name)'
  return usage(
    `${name} is a form of header, not a terminator: there is no configuration to print`,
    `your proxy removes ${where} from what clients send, then sets it: ${form}`,
    `it sends ${defaultCredentialHeader} too: \`certbound proxy credential\` makes PROXY_CREDENTIAL`,
    `the Worker is told CERTIFICATE_SOURCE = "${name}"; docs/terminators.md has the rest`,
  )
}
