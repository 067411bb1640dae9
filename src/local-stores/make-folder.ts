import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../encoding/result.ts'

/**
 * Creates a data folder with mode 0700, and its parents, and checks that it is writable. It does not use the
 * recursive mkdir of Node, which never returns below /proc.
 * @param path absolute
 * @returns a sentence about the problem if it cannot be used
 */
export async function makeFolder(path: string): Promise<Result<void, string>> {
  try {
    await createMissing(path)
    await rmdir(await mkdtemp(join(path, 'writable-')))
    return ok(undefined)
  } catch (fault) {
    return err(`${path} cannot be a data folder: ${reasonOf(fault)}`)
  }
}

async function createMissing(path: string): Promise<void> {
  if (existsSync(path)) return
  if (dirname(path) !== path) await createMissing(dirname(path))
  await mkdir(path, { mode: 0o700 }).catch((fault: unknown) => {
    if (codeOf(fault) !== 'EEXIST') throw fault // Another process may have created it.
  })
}

const reasons: Readonly<Record<string, string>> = {
  ENOTDIR: 'it is a file, or below a file',
  ENOENT: 'no folder can be created there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

const reasonOf = (fault: unknown): string => reasons[codeOf(fault)] ?? String(fault)

const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : ''
