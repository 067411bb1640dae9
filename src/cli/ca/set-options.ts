import {
  crlHost,
  crlUrl,
  extendedKeyUsage,
  revocationPolicy,
  type SetSettings,
  type SettingsChange,
} from '../../trust-anchors/settings.ts'
import type { Options, OptionValues } from '../command.ts'

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
