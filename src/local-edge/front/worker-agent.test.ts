import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { workerAgent } from './worker-agent.ts'

/** Blocks this process, as on a busy machine, so that data which arrives meanwhile is not read. */
const busyFor = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

/** Posts, and keeps sending after the server has answered, or not, and reset the connection. */
async function postInto(answer: string): Promise<number | string> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = workerAgent()
  const post = request({ agent, host: '127.0.0.1', port, method: 'POST' })
  const ended = new Promise<number | string>((resolve) => {
    post.once('response', (response) => resolve(response.resume().statusCode ?? 0))
    post.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  post.flushHeaders()
  const [socket] = (await once(server, 'connection')) as [Socket]
  await once(socket, 'data') // The head has arrived: both sides are connected.
  // In one turn of the event loop, so that the answer is not read before the write fails.
  socket.write(answer)
  busyFor(20)
  socket.resetAndDestroy()
  post.write('a')
  const outcome = await ended
  agent.destroy()
  server.close()
  return outcome
}

describe('workerAgent', () => {
  it('reads a response that arrived before a write failed', async () => {
    const answer = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'
    expect(await postInto(answer)).toBe(413)
  })
  it('reports the lost connection without a response', async () => {
    expect(await postInto('')).toMatch(/^(EPIPE|ECONNRESET)$/)
  })
})
