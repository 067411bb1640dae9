import { changeSettings } from '../../trust-anchors/change-set.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { done } from '../outcome.ts'
import { refusedSet } from './read-cas.ts'
import { settingOptions, settingsChange, settingsLine } from './set-options.ts'

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
