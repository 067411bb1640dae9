import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Context } from '../../context.ts'

/** What clients are read from, once. */
export type Source = {
  /** What it is called in words. */
  readonly name: string
  /** In octets, null where nobody knows. */
  readonly size: number | null
  readonly pieces: AsyncIterable<Uint8Array>
}

/**
 * Opens a file, a pipe that has a name, or standard input (`-`).
 * @param name relative to `cwd`
 * @returns null where there is no such file
 */
export async function openSource(
  { cwd, stdin }: Pick<Context, 'cwd' | 'stdin'>,
  name: string,
): Promise<Source | null> {
  if (name === '-') return { name: 'standard input', size: null, pieces: stdin() }
  const path = resolve(cwd, name)
  const found = await stat(path).catch(() => null)
  if (found === null || found.isDirectory()) return null
  const size = found.isFile() ? found.size : null
  return { name: basename(path), size, pieces: createReadStream(path, { highWaterMark: 1 << 18 }) }
}
