import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-folder-'))
  await writeFile(join(folder, 'file'), '')
})
afterAll(() => rm(folder, { recursive: true }))

describe('makeFolder', () => {
  it.each(['.', 'a', 'b/c/d'])('creates %s, empty, with mode 0700', async (path) => {
    const wanted = join(folder, path)
    expect(await makeFolder(wanted)).toMatchObject({ ok: true })
    expect((await stat(wanted)).mode & 0o777).toBe(0o700)
    expect(await makeFolder(wanted)).toMatchObject({ ok: true })
    if (path !== '.') expect(await readdir(wanted)).toEqual([])
  })
  it.each([
    ['file', 'it is a file, or below a file'],
    ['file/a', 'it is a file, or below a file'],
    ['/proc/nope', 'no folder can be created there'],
    ['/proc', 'no folder can be created there'],
  ])('refuses %s', async (path, why) => {
    const wanted = path.startsWith('/') ? path : join(folder, path)
    const made = await makeFolder(wanted)
    expect(made.ok ? '' : made.error).toContain(`${wanted} cannot be a data folder: ${why}`)
  })
})
