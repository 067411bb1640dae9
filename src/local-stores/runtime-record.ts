import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLineOf } from './process-table.ts'

/** Who opened a data folder. */
export type Purpose = 'local edge' | 'command'

/** A process that opened a data folder and has not said that it left. */
export type FolderUser = {
  readonly purpose: Purpose
  readonly pid: number
  /** False where it was killed. */
  readonly running: boolean
  /** Its workerd processes that still run: after a kill they go on and hold the storage. */
  readonly runtimes: readonly number[]
}

type Record = {
  readonly purpose: Purpose
  readonly pid: number
  readonly command: string | null
  readonly runtimes: readonly number[]
}

const folder = (dataDir: string): string => join(dataDir, 'processes')

/**
 * Notes in the data folder that this process uses it, and which workerd processes it starts from
 * now on, so that a later start can name what a kill has left over.
 * @returns takes the note away; to be called when miniflare has been disposed of
 */
export function recordRuntime(dataDir: string, purpose: Purpose): () => void {
  const file = join(folder(dataDir), `${process.pid}-${randomUUID().slice(0, 8)}.json`)
  const command = commandLineOf(process.pid)
  const runtimes: number[] = []
  const write = (): void => {
    const record: Record = { purpose, pid: process.pid, command, runtimes }
    writeFileSync(file, JSON.stringify(record))
  }
  // Published while the process is being made: its number is known in the next turn.
  const onChild = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess }
    setImmediate(() => {
      if (child.pid === undefined || !child.spawnfile.includes('workerd')) return
      runtimes.push(child.pid)
      write()
    })
  }
  mkdirSync(folder(dataDir), { recursive: true })
  write()
  subscribe('child_process', onChild)
  return () => {
    unsubscribe('child_process', onChild)
    rmSync(file, { force: true })
  }
}

/** Who uses a data folder now, this process not counted; notes without any process are removed. */
export function folderUsers(dataDir: string): FolderUser[] {
  const users: FolderUser[] = []
  for (const name of namesIn(folder(dataDir))) {
    const file = join(folder(dataDir), name)
    const record = readRecord(file)
    if (record?.pid === process.pid) continue
    const user = record === null ? null : userOf(record)
    if (user === null) rmSync(file, { force: true })
    else users.push(user)
  }
  return users
}

function userOf({ purpose, pid, command, runtimes: noted }: Record): FolderUser | null {
  // Numbers are given out again: the command line tells whether it is still the same process.
  const running = command !== null && commandLineOf(pid) === command
  const runtimes = noted.filter((each) => commandLineOf(each)?.includes('workerd') === true)
  return running || runtimes.length > 0 ? { purpose, pid, running, runtimes } : null
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

/** A record that was cut off by a kill is none. */
function readRecord(file: string): Record | null {
  try {
    const { purpose, pid, command, runtimes } = JSON.parse(readFileSync(file, 'utf8'))
    const valid = Number.isSafeInteger(pid) && Array.isArray(runtimes)
    return valid ? { purpose, pid, command, runtimes: runtimes.filter(Number.isSafeInteger) } : null
  } catch {
    return null
  }
}
