import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Context } from '../../context.ts'
import type { ClientsFile } from './chunks.ts'

/**
 * Uses a file by its name, or standard input (`-`) by way of a file of its own, which goes afterwards:
 * what is imported is read twice.
 * @returns what `use` gives, or null where there is no such file
 */
export async function withClientsFile<T>(
  { cwd, stdin }: Pick<Context, 'cwd' | 'stdin'>,
  name: string,
  use: (file: ClientsFile) => Promise<T>,
): Promise<T | null> {
  if (name !== '-') {
    const path = resolve(cwd, name)
    const found = await stat(path).catch(() => null)
    return found?.isFile() ? use({ path, name: basename(path), size: found.size }) : null
  }
  const folder = await mkdtemp(join(tmpdir(), 'certbound-import-')) // for nobody else to read
  try {
    const path = join(folder, 'clients.jsonl')
    await pipeline(stdin(), createWriteStream(path, { mode: 0o600 }))
    return await use({ path, name: 'standard input', size: (await stat(path)).size })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
