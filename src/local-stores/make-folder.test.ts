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
  it.each(['.', 'a', 'b/c/d'])('makes %s, empty and for its owner', async (path) => {
    const wanted = join(folder, path)
    expect(await makeFolder(wanted)).toMatchObject({ ok: true })
    expect((await stat(wanted)).mode & 0o777).toBe(0o700)
    expect(await makeFolder(wanted)).toMatchObject({ ok: true })
    if (path !== '.') expect(await readdir(wanted)).toEqual([])
  })
  it.each([
    ['file', 'a file is in its place'],
    ['file/a', 'a file is in its place, or above it'],
    ['/proc/nope', 'no folder can be made there'],
    ['/proc', 'no folder can be made there'],
  ])('says why not %s', async (path, why) => {
    const wanted = path.startsWith('/') ? path : join(folder, path)
    const made = await makeFolder(wanted)
    expect(made.ok ? '' : made.error).toContain(`${wanted} cannot be a data folder: ${why}`)
  })
})
