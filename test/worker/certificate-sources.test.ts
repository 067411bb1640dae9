import { expect, it } from 'vitest'
import document from '../../docs/terminators.md?raw'
import {
  type HeaderSource,
  headerSourceNames,
  headerSources,
} from '../../src/certificate/header-sources.ts'

const tables = document.split('\n\n').map((paragraph) =>
  paragraph
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
)
const cellsUnder = (head: string) =>
  tables.find(([heads]) => heads?.[0] === head)?.filter((_, i) => i > 1) ?? []

function chainOf({ form, chainHeader, chainForm }: HeaderSource): string {
  if (chainHeader !== null) return `\`${chainHeader}\`: ${chainForm}`
  return /leaf first|XFCC/.test(form) ? "in the leaf's" : 'none'
}

it('documents every source correctly', () => {
  const documented = cellsUnder('Source').map(
    ([name, terminator, header, form, chain, choice, selfSigned, expired, verified]) => {
      for (const cell of [terminator, selfSigned, expired]) expect(cell, name).not.toBe('')
      return [name, header, form, chain, choice, verified]
    },
  )
  const actual = headerSourceNames.map((name) => {
    const source = headerSources[name]
    const header = source.header === null ? 'must be configured' : `\`${source.header}\``
    const choice = source.mayChooseHeader ? 'chosen' : 'fixed'
    return [`\`${name}\``, header, source.form, chainOf(source), choice, source.verified]
  })
  expect(documented).toEqual(actual)
})

it('explains every form', () => {
  const explained = new Set(cellsUnder('Form').map(([form]) => form))
  const forms = headerSourceNames.flatMap((name) => {
    const { form, chainForm } = headerSources[name]
    return chainForm === null ? [form] : [form, chainForm]
  })
  // The others are one of these, or the other, or several of them.
  const plain = forms.map((form) =>
    form.replace(/(PEM.*?)(, percent-encoded or not)?(, leaf first)$/, '$1'),
  )
  const missing = plain
    .map((form) => form.replace(/, percent-encoded or not$/, ''))
    .filter((form) => !explained.has(form))
  expect(missing).toEqual([])
})

it.each([
  ['', 'an empty value'],
  ['(null)', '`(null)`'],
])('names the sources for which %j means that there is no certificate', (value, words) => {
  const listed = document.slice(document.indexOf(`${words}\n(`) + words.length)
  const names = [...listed.slice(0, listed.indexOf(')')).matchAll(/`([a-z0-9-]+)`/g)].map(
    ([, name]) => name,
  )
  expect(names).toEqual(
    headerSourceNames.filter((name) => headerSources[name].absent.includes(value)),
  )
})
