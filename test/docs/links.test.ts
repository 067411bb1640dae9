import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/local-stores/project-root.ts'

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(projectRoot, 'docs')).map((file) => `docs/${file}`),
  ...readdirSync(join(projectRoot, 'examples')).map((name) => `examples/${name}/README.md`),
]
const textOf = (page: string) => readFileSync(join(projectRoot, page), 'utf8')

/** The fragment that GitHub gives a heading. */
const fragmentOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-')

const headingsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => fragmentOf(heading))

describe.each(pages)('%s', (page) => {
  it('links to pages and headings that exist', () => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)]
    const broken = links.filter(([, file = '', fragment]) => {
      const target = file === '' ? page : join(dirname(page), file)
      if (!existsSync(join(projectRoot, target))) return true
      return fragment !== undefined && !headingsOf(target).includes(fragment)
    })
    expect(broken.map(([link]) => link)).toEqual([])
  })

  it('names files of the project that exist', () => {
    const named = [...textOf(page).matchAll(/`((?:src|test|scripts|migrations|bench)\/[\w./-]*)`/g)]
    const roots = [projectRoot, join(projectRoot, dirname(page))]
    const missing = named.filter(
      ([, file = '']) =>
        !file.includes('NNNN') && !roots.some((root) => existsSync(join(root, file))),
    )
    expect(missing.map(([, file]) => file)).toEqual([])
  })
})

it('the README is short enough for five minutes', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(250)
})

it('CONTRIBUTING has every folder of src/, in the order that scripts/check-imports.ts checks', () => {
  const script = textOf('scripts/check-imports.ts')
  const order = script.slice(script.indexOf('const order'), script.indexOf('] as const'))
  const checked = [...order.matchAll(/'([\w.-]+)'/g)].map(([, name]) => name)
  const [, table = ''] = textOf('CONTRIBUTING.md').split('| Folder of `src/` |')
  const [rows = ''] = table.split('\n\n')
  const explained = [...rows.matchAll(/^\| `([\w.-]+?)\/?` \|/gm)].map(([, name]) => name)
  expect(explained).toEqual(checked)
})
