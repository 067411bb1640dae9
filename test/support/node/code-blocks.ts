import { readFileSync } from 'node:fs'

/** A fenced code block of a Markdown page. */
export type CodeBlock = {
  /** The file and the line of the opening fence. */
  readonly at: string
  readonly language: string
  /** What the info string says behind the language. */
  readonly note: string
  readonly code: string
}

/** The fenced code blocks of a page, in order. */
export function codeBlocks(file: string, root: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { indent: string; at: string; info: string; lines: string[] } | null = null
  for (const [index, line] of readFileSync(`${root}/${file}`, 'utf8').split('\n').entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line)
    if (fence === null) {
      open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
    } else if (open === null) {
      const [, indent = '', info = ''] = fence
      open = { indent, at: `${file}:${index + 1}`, info: info.trim(), lines: [] }
    } else {
      const [language = '', ...note] = open.info.split(' ')
      blocks.push({ at: open.at, language, note: note.join(' '), code: open.lines.join('\n') })
      open = null
    }
  }
  if (open !== null) throw new Error(`${open.at}: the block is not closed`)
  return blocks
}

/** The reason of a block that no test can run: `sh not-run: REASON`. Null where it is run. */
export function notRun({ note }: CodeBlock): string | null {
  return /^not-run: (\S.*)$/.exec(note)?.[1] ?? null
}
