import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { ImportChunk } from '../../../clients/client-import.ts'
import type { Context } from '../../context.ts'

/** A file of clients, which is read once. */
export type Source = {
  readonly name: string
  /** In octets; null if unknown. */
  readonly size: number | null
  readonly pieces: AsyncIterable<Uint8Array>
}

/**
 * Opens a file, a named pipe, or standard input (`-`).
 * @param name relative to `cwd`
 * @returns null if there is no such file
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

/** Clients to be written, and how many octets of the source have been read. */
export type SpooledChunk = ImportChunk & { readonly octets: number }

/** Keeps checked clients until the whole file is checked, however large it is. */
export type Spool = {
  readonly add: (chunk: SpooledChunk) => Promise<void>
  /** In the order in which they were added. */
  readonly chunks: () => AsyncGenerator<SpooledChunk>
}

/** Provides a spool in a temporary file that only this user can read. */
export async function withSpool<T>(use: (spool: Spool) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-import-'))
  const file = await open(join(folder, 'clients'), 'wx+', 0o600)
  const kept: (Omit<SpooledChunk, 'rows'> & { readonly length: number })[] = []
  try {
    return await use({
      async add({ rows, ...about }) {
        await file.write(rows, null, 'latin1')
        kept.push({ ...about, length: rows.length })
      },
      async *chunks() {
        let position = 0
        for (const { length, ...about } of kept) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
          if (bytesRead < length) throw new Error('the spool of an import has been cut short')
          yield { rows: buffer.toString('latin1'), ...about }
          position += length
        }
      },
    })
  } finally {
    await file.close()
    await rm(folder, { recursive: true, force: true })
  }
}
