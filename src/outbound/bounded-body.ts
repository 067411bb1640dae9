import type { Bytes } from '../encoding/bytes.ts'

/**
 * Reads a body whole.
 * @param limit in octets
 * @returns null if it is longer; the rest is not read. A Content-Length header is not trusted.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Bytes | null> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length
    if (size > limit) {
      // Not awaited: of two branches of one stream the first is cancelled only when the other one is.
      reader.cancel().catch(() => {})
      return null
    }
    chunks.push(read.value)
  }
  return joined(chunks, size)
}

function joined(chunks: readonly Uint8Array[], size: number): Bytes {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
