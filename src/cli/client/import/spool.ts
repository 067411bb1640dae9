import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Clients as they go to the database: a JSON array of ASCII, of so many, and what was read by then. */
export type SpooledChunk = {
  readonly rows: string
  readonly clients: number
  /** Octets of the source. */
  readonly octets: number
}

/** Keeps what has been checked until all has been, however much it is. */
export type Spool = {
  readonly add: (chunk: SpooledChunk) => Promise<void>
  /** In the order in which they were added. */
  readonly chunks: () => AsyncGenerator<SpooledChunk>
}

/** Gives a spool in a file that nobody else can read, and that goes afterwards. */
export async function withSpool<T>(use: (spool: Spool) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-import-'))
  const file = await open(join(folder, 'clients'), 'wx+', 0o600)
  const kept: Omit<SpooledChunk, 'rows'>[] = []
  const lengths: number[] = []
  try {
    return await use({
      async add({ rows, ...about }) {
        await file.write(rows, null, 'latin1')
        kept.push(about)
        lengths.push(rows.length)
      },
      async *chunks() {
        let position = 0
        for (const [index, about] of kept.entries()) {
          const length = lengths[index] ?? 0
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
