import { expect, it } from 'vitest'
import page from '../../docs/configuration.md?raw'
import logCodes from '../../docs/log-codes.md?raw'
import operating from '../../docs/operating.md?raw'
import { variableNames } from '../../src/config.ts'

it('docs/configuration.md explains every variable and secret, and no other', () => {
  const explained = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(explained.toSorted()).toEqual([...variableNames].toSorted())
})

it('docs/operating.md names log codes that exist', () => {
  const logs = operating.slice(operating.indexOf('## Logs'), operating.indexOf('## Outages'))
  const codes = [...logs.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, code]) => code)
  const others = ['client_id', 'request_id']
  const unknown = codes.filter((code) => !logCodes.includes(`| \`${code}\` |`))
  expect(unknown.filter((code) => !others.includes(code ?? ''))).toEqual([])
  expect(codes).toContain('configuration_invalid')
})
