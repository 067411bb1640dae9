import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLineOf } from '../../local-stores/process-table.ts'
import { query, statement } from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'
import { openAny } from './open.ts'

let folder: string
let database: OpenDatabase
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-busy-'))
  database = await openAny({ 'data-dir': folder, remote: false, config: undefined }, folder, true)
  await database.batch([statement('CREATE TABLE things (name TEXT)')])
  const d1 = join(folder, 'storage', 'd1', 'miniflare-D1DatabaseObject')
  const name = (await readdir(d1)).find((one) => /^[0-9a-f]{64}\.sqlite$/.test(one)) ?? ''
  file = join(d1, name)
  // The parent process, recorded as a local edge would record itself.
  const edge = { purpose: 'local edge', pid: process.ppid, command: commandLineOf(process.ppid) }
  await mkdir(join(folder, 'processes'), { recursive: true })
  await writeFile(join(folder, 'processes', 'edge.json'), JSON.stringify({ ...edge, runtimes: [] }))
}, 30_000)
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Takes the write lock of the file, as another program would. @returns releases it */
function lockFile(): () => void {
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  return () => {
    other.exec('ROLLBACK')
    other.close()
  }
}

const insert = () => database.batch([statement("INSERT INTO things VALUES ('x')")])

describe('a local database that another program has locked', { timeout: 30_000 }, () => {
  it.each([
    ['a read', () => query(database, 'SELECT name FROM things')],
    ['a write', insert],
  ])('%s reports it, and which process uses the folder', async (_, ask) => {
    const release = lockFile()
    const fault: unknown = await ask().catch((caught: unknown) => caught)
    release()
    expect(fault).toBeInstanceOf(OperatorFault)
    expect(fault).toMatchObject({
      message: expect.stringContaining('the local database is busy'),
      next: expect.arrayContaining([`in use by: local edge, process ${process.ppid}`, 'try again']),
    })
    expect(await query(database, 'SELECT name FROM things')).toEqual([])
  })

  it('is retried', async () => {
    const release = lockFile()
    setTimeout(release, 200)
    await expect(insert()).resolves.toEqual([[]])
    expect(await query(database, 'SELECT name FROM things')).toEqual([{ name: 'x' }])
  })
})
