import { changeSettings } from '../../trust-anchors/change-set.ts'
import {
  crlHost,
  crlUrl,
  extendedKeyUsage,
  revocationPolicy,
  type SetSettings,
  type SettingsChange,
} from '../../trust-anchors/settings.ts'
import { auditedBy, changeOptions, command, type Options, type OptionValues } from '../command.ts'
import { done } from '../outcome.ts'
import { refusedSet } from './read-cas.ts'

/** Options for the settings of a set. */
export const settingOptions = {
  revocation: {
    value: 'POLICY',
    help: 'whether to check CRLs: off (default), if-available, require',
    schema: revocationPolicy,
  },
  'crl-url': { multiple: true, value: 'URL', help: 'a CRL to fetch', schema: crlUrl },
  'crl-host': {
    multiple: true,
    value: 'HOST',
    help: 'fetch the CRLs that certificates name at this host',
    schema: crlHost,
  },
  'drop-crl-host': { multiple: true, value: 'HOST', help: 'fetch nothing from this host any more' },
  'extended-key-usage': {
    value: 'LIST',
    help: 'also accepted: none, or absent,any,serverAuth (default absent,any)',
    schema: extendedKeyUsage,
  },
} as const satisfies Options

/** The change that the options ask for. */
export const settingsChange = (options: OptionValues<typeof settingOptions>): SettingsChange => ({
  revocation: options.revocation,
  extendedKeyUsage: options['extended-key-usage'],
  crlUrls: options['crl-url'],
  crlHosts: options['crl-host'],
  droppedCrlHosts: options['drop-crl-host'].map((host) => host.toLowerCase()),
})

/** Settings on one line. */
export function settingsLine(settings: SetSettings): string {
  const usages = settings.extended_key_usage
  const hosts = settings.crl_hosts
  const parts = [
    `revocation ${settings.revocation}`,
    `key usage clientAuth${usages.length === 0 ? ' only' : ` or ${usages.join(', ')}`}`,
  ]
  if (hosts.length > 0) parts.push(`CRLs from ${hosts.join(', ')}`)
  return parts.join('; ')
}

export const caSet = command({
  name: 'ca set',
  summary: 'change how a set verifies certificates: CRLs, extended key usage',
  operands: 'SET',
  about: [
    '--revocation if-available refuses a certificate that a CRL lists; require also refuses a certificate',
    'for which no current CRL is there. --extended-key-usage none accepts clientAuth only. Settings',
    'without an option stay as they are.',
  ],
  options: { ...settingOptions, ...changeOptions },
  examples: [
    'certbound ca set acme-ca --revocation if-available --crl-host crl.acme.example',
    'certbound ca set banks --revocation require --crl-url http://crl.bank.example/issuing.crl',
    'certbound ca set banks --extended-key-usage none',
  ],
  async run({ operands: [set = ''], options }, context) {
    const database = await context.open(options)
    const by = auditedBy(options, context)
    const settings = await changeSettings(database, set, settingsChange(options), by)
    if (!settings.ok) return refusedSet(set, settings.error)
    const next =
      settings.value.revocation === 'require'
        ? ['partners are refused until current CRLs are there: `certbound ca status` shows them']
        : []
    return done([`${set}: ${settingsLine(settings.value)}`], { set, ...settings.value }, next)
  },
})
