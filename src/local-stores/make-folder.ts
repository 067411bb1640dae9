import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../encoding/result.ts'

/**
 * Makes a data folder for its owner alone, with those above it, and proves that one can write there.
 * One at a time: Node's own recursive way never returns below /proc.
 * @param path absolute
 * @returns in words why it cannot serve
 */
export async function makeFolder(path: string): Promise<Result<void, string>> {
  try {
    await makeMissing(path)
    await rmdir(await mkdtemp(join(path, 'writable-')))
    return ok(undefined)
  } catch (fault) {
    return err(`${path} cannot be a data folder: ${whyNot(fault)}`)
  }
}

async function makeMissing(path: string): Promise<void> {
  if (await isThere(path)) return
  if (dirname(path) !== path) await makeMissing(dirname(path))
  await mkdir(path, { mode: 0o700 }).catch((fault: unknown) => {
    if (codeOf(fault) !== 'EEXIST') throw fault // Another start may have been quicker.
  })
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return false
    throw fault
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOTDIR: 'a file is in its place, or above it',
  ENOENT: 'no folder can be made there',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written there',
}

const whyNot = (fault: unknown): string => reasons[codeOf(fault)] ?? String(fault)

const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : ''
