import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** An answer of the edge itself. Where one has begun already, only breaking it off tells the truth. */
export function refuse(response: ServerResponse, status: number, words: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = `local edge: ${words}\n`
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  response.end(body)
}

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** In milliseconds: for a client that is still sending what nobody reads. */
const farewell = 500

/**
 * Answers what Node could not read as a request, and ends the connection. Not at once, as Node
 * would: the reset would take the answer away from a client that is still sending.
 */
export function answerMalformed(fault: NodeJS.ErrnoException, socket: Duplex): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = statusLines[fault.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  setTimeout(() => socket.destroy(), farewell).unref()
}
