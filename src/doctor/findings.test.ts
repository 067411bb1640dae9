import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../local-stores/project-root.ts'
import { descriptions } from './findings.ts'

const page = readFileSync(join(projectRoot, 'docs/doctor.md'), 'utf8')

/** Undoes line wraps. */
const unwrapped = page.replace(/([^\n])\n(?=[^\n#|])/g, '$1 ')

describe('docs/doctor.md', () => {
  it.each(Object.entries(descriptions))('describes %s', (id, description) => {
    const { title, meaning, fix, weight } = description
    expect(unwrapped).toContain(`### ${id}\n\n${weight}: ${title}.\n\n${meaning}\n\nFix: ${fix}\n`)
  })

  it('describes no others', () => {
    const ids = [...page.matchAll(/^### (.+)$/gm)].map(([, id]) => id)
    expect(ids).toEqual(Object.keys(descriptions))
  })
})
