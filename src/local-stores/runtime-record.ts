import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLineOf } from './process-table.ts'

/** What opened a data folder. */
export type Purpose = 'local edge' | 'command'

/** A process that opened a data folder and has not closed it. */
export type FolderUser = {
  readonly purpose: Purpose
  readonly pid: number
  /** False if it was killed. */
  readonly running: boolean
  /** Its workerd processes that still run: after a kill they keep the storage open. */
  readonly runtimes: readonly number[]
}

type Record = Omit<FolderUser, 'running'> & { readonly command: string | null }

const folder = (dataDir: string): string => join(dataDir, 'processes')

/**
 * Records in the data folder that this process uses it, and which workerd processes it starts from now on, so
 * that a later start can name the processes that a kill left running.
 * @returns removes the record; to be called after miniflare was disposed of
 */
export function recordRuntime(dataDir: string, purpose: Purpose): () => void {
  const file = join(folder(dataDir), `${process.pid}-${randomUUID().slice(0, 8)}.json`)
  const command = commandLineOf(process.pid)
  const runtimes: number[] = []
  const write = (): void => {
    const record: Record = { purpose, pid: process.pid, command, runtimes }
    writeFileSync(file, JSON.stringify(record))
  }
  // Published while the process is being created: its pid is known in the next turn.
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

/** The other processes that use a data folder. Records without a running process are removed. */
export function folderUsers(dataDir: string): FolderUser[] {
  const users: FolderUser[] = []
  const names = existsSync(folder(dataDir)) ? readdirSync(folder(dataDir)) : []
  for (const name of names.filter((one) => one.endsWith('.json'))) {
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
  // A pid may belong to another process by now: the command line must be the same.
  const running = command !== null && commandLineOf(pid) === command
  const runtimes = noted.filter((each) => commandLineOf(each)?.includes('workerd') === true)
  return running || runtimes.length > 0 ? { purpose, pid, running, runtimes } : null
}

/** Null for a record that a kill has cut off. */
function readRecord(file: string): Record | null {
  try {
    const { purpose, pid, command, runtimes } = JSON.parse(readFileSync(file, 'utf8'))
    const valid = Number.isSafeInteger(pid) && Array.isArray(runtimes)
    return valid ? { purpose, pid, command, runtimes: runtimes.filter(Number.isSafeInteger) } : null
  } catch {
    return null
  }
}
