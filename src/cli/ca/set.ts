import { changeOptions, command, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { applySettings, readSettings, settingOptions, settingsLine } from './settings.ts'

/** `ca set`. */
export const caSet = command({
  name: 'ca set',
  summary: 'how an anchor set judges: CRLs, extended key usage',
  operands: 'SET',
  about: [
    'if-available: a partner is refused that a CRL says is revoked. require: and one of which no current',
    'CRL tells. --extended-key-usage none: clientAuth alone. What no option names stays as it is.',
  ],
  arity: [1, 1],
  options: { ...settingOptions, ...jsonOption, ...changeOptions },
  examples: [
    'certbound ca set acme-ca --revocation if-available --crl-host crl.acme.example',
    'certbound ca set banks --revocation require --crl-url http://crl.bank.example/issuing.crl',
    'certbound ca set banks --extended-key-usage none',
  ],
  async run({ operands: [set = ''], options }, context) {
    const wanted = readSettings(options)
    if (!wanted.ok) return wanted.error
    const database = await context.open(options)
    const by = { who: options.as ?? context.user, now: context.now }
    const settings = await applySettings(database, set, wanted.value, by)
    if (!settings.ok) return settings.error
    return done([`${set}: ${settingsLine(settings.value)}`], { set, ...settings.value }, [
      ...(settings.value.revocation === 'require'
        ? ['partners are refused until there are current CRLs: `certbound ca status` shows them']
        : []),
    ])
  },
})
