import { fromUtf8 } from '../../../encoding/bytes.ts'

/** One line of a file. */
export type Line = {
  /** From 1. */
  readonly number: number
  /** Without what ends it; null where it is no UTF-8, or longer than {@link longestLine}. */
  readonly text: string | null
}

/** In octets: a client with sixteen certificates has fewer. */
export const longestLine = 1 << 18

/** Some lines, and how many octets have been read by then. */
export type Lines = { readonly lines: readonly Line[]; readonly octets: number }

const lineFeed = 10

/** Splits what comes in pieces into lines, holding one piece and one line at a time. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const open = openLine()
  let octets = 0
  let number = 0
  for await (const piece of pieces) {
    const lines: Line[] = []
    octets += piece.length
    let start = 0
    for (;;) {
      const end = piece.indexOf(lineFeed, start)
      open.add(piece.subarray(start, end < 0 ? undefined : end))
      if (end < 0) break
      lines.push({ number: ++number, text: open.take() })
      start = end + 1
    }
    yield { lines, octets }
  }
  if (!open.isEmpty()) yield { lines: [{ number: number + 1, text: open.take() }], octets }
}

/** The line that has not ended yet. */
function openLine() {
  let parts: Uint8Array[] = []
  let length = 0
  return {
    isEmpty: () => length === 0,
    add(part: Uint8Array) {
      length += part.length
      // What is too long is not kept.
      if (length > longestLine) parts = []
      else parts.push(part)
    },
    take(): string | null {
      const text = length > longestLine ? null : fromUtf8(new Uint8Array(Buffer.concat(parts)))
      parts = []
      length = 0
      return text
    },
  }
}
