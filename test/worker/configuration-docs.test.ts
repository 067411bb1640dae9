import { expect, it } from 'vitest'
import page from '../../docs/configuration.md?raw'
import { variableNames } from '../../src/config.ts'

it('docs/configuration.md explains every variable and secret, and no other', () => {
  const explained = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(explained.toSorted()).toEqual([...variableNames].toSorted())
})
