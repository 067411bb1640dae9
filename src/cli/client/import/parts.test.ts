import { mkdtemp, readdir, rmdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { firstLines } from './check.ts'
import { linesOf, maxLineLength } from './chunks.ts'
import { openSource, type SpooledChunk, withSpool } from './files.ts'
import { progressOf, progressText } from './progress.ts'

const encoder = new TextEncoder()

/** The lines of a text that comes in pieces of so many octets. */
async function split(text: string, size: number): Promise<(string | null)[]> {
  const octets = encoder.encode(text)
  async function* pieces() {
    for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
  }
  const found: (string | null)[] = []
  for await (const line of linesOf(pieces())) found.push(line)
  return found
}

describe('lines', () => {
  it.each([1, 2, 3, 7, 1000])('come out of pieces of %d octets', async (size) => {
    expect(await split('ä\n\n株式\r\nlast', size)).toEqual(['ä', '', '株式', 'last'])
    expect(await split('a\n', size)).toEqual(['a'])
    expect(await split('', size)).toEqual([])
  })

  it('are skipped if they are too long, and the next one is whole', async () => {
    const fits = 'x'.repeat(maxLineLength)
    expect(await split(`${fits}\n${fits}x\nb`, 65_536)).toEqual([fits, null, 'b'])
  })
})

describe('repeated texts', () => {
  it('are found with the line in which they came first, however many there are', () => {
    const seen = firstLines()
    const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`)
    expect(texts.map((text, i) => seen(text, i + 1)).filter((line) => line !== null)).toEqual([])
    expect(texts.map((text) => seen(text, 99_999))).toEqual(texts.map((_, i) => i + 1))
  })
})

describe('progress', () => {
  const shown = (terminal: boolean, quiet: boolean) => {
    const drawn: string[] = []
    let time = 5
    const note = (text: string) => void drawn.push(text)
    const context = { redraw: terminal ? note : null, say: note, elapsed: () => time }
    const progress = progressOf(context, 'loading', 1000, quiet)
    for (const octets of [1, 250, 500]) {
      time += 6
      progress.at(octets, octets * 4)
    }
    progress.end()
    return drawn
  }

  it('is a bar on a terminal, removed at the end', () => {
    expect(shown(true, false)).toEqual([
      'loading [------------------------]   0 %  4 clients, 1/s, 99 min 54 s left',
      'loading [######------------------]  25 %  1 000 clients, 83/s, 36 s left',
      'loading [############------------]  50 %  2 000 clients, 111/s, 18 s left',
      '',
    ])
  })

  it('is a line from time to time elsewhere, and nothing with --quiet', () => {
    expect(shown(false, false)).toEqual(['loading:  25 %  1 000 clients, 83/s, 36 s left'])
    expect(shown(true, true)).toEqual([])
    expect(shown(false, true)).toEqual([])
  })

  it('has no time left before there is a rate', () => {
    expect(progressText(0, 0, 0)).toBe('  0 %  0 clients, 0/s')
    expect(progressText(null, 10, 2)).toBe('10 clients, 5/s')
  })
})

describe('a source', () => {
  async function* stdin() {
    yield encoder.encode('a')
  }
  const open = (name: string) => openSource({ cwd: import.meta.dirname, stdin }, name)

  it('is a file, or standard input', async () => {
    const size = (await stat(import.meta.filename)).size
    expect(await open('parts.test.ts')).toMatchObject({ name: 'parts.test.ts', size })
    expect(await open('-')).toMatchObject({ name: 'standard input', size: null })
    expect(await open('no-such-file')).toBeNull()
    expect(await open('.')).toBeNull()
  })
})

describe('a spool', () => {
  const chunks = ['["a"]', '["\\u00e4","b"]', '[]'].map((rows, i) => ({
    rows,
    clients: i,
    octets: i,
  }))

  it('gives back the chunks in order', async () => {
    const back = await withSpool(async (spool) => {
      for (const chunk of chunks) await spool.add(chunk)
      const found: SpooledChunk[] = []
      for await (const chunk of spool.chunks()) found.push(chunk)
      return found
    })
    expect(back).toEqual(chunks)
  })

  it('leaves nothing behind, also after a failure', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certbound-spool-'))
    vi.stubEnv('TMPDIR', folder)
    const modes: number[] = []
    const failing = withSpool(async () => {
      const [name = ''] = await readdir(folder)
      for (const one of ['.', 'clients']) modes.push((await stat(join(folder, name, one))).mode)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    vi.unstubAllEnvs()
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o600]) // only this user can read it
    expect(await readdir(folder)).toEqual([])
    await rmdir(folder)
  })
})
