import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { workerAgent } from './worker-agent.ts'

/** Blocks this process, as a busy machine would: what arrives meanwhile has not been read. */
const busyFor = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

/** Posts, and goes on sending when the other side has answered, or not, and reset the connection. */
async function postInto(answer: string): Promise<number | string> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = workerAgent()
  const post = request({ agent, host: '127.0.0.1', port, method: 'POST' })
  const ended = new Promise<number | string>((resolve) => {
    post.once('response', (response) => resolve(response.resume().statusCode ?? 0))
    post.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? ''))
  })
  post.flushHeaders()
  const [socket] = (await once(server, 'connection')) as [Socket]
  await once(socket, 'data') // The head: both sides are connected.
  // In one turn, so that nothing of it is read before the write fails.
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
  it('reads the answer that came before a write failed', async () => {
    const answer = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'
    expect(await postInto(answer)).toBe(413)
  })
  it('tells of the lost connection where there is no answer', async () => {
    expect(await postInto('')).toMatch(/^(EPIPE|ECONNRESET)$/)
  })
})
