import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { drive } from './drive.ts'

const request = new TextEncoder().encode(
  'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b',
)

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe('a drive', () => {
  it('sends each request once over the given connections, and times each response', async () => {
    const sockets = new Set<unknown>()
    let answered = 0
    const port = await serve(({ socket }, response) => {
      sockets.add(socket)
      answered++
      response.end('x'.repeat(answered % 2 === 0 ? 70_000 : 1)) // In one or in several chunks.
    })
    const latencies = await drive(
      { port, times: 50, connections: 4, rate: null },
      () => request,
      new Map(),
    )
    expect([answered, sockets.size, latencies.length]).toEqual([50, 4, 50])
    expect(latencies.every((latency) => latency > 0)).toBe(true)
  })

  it('uses connections again, and replaces closed ones', async () => {
    const sockets = new Set<Socket>()
    const port = await serve(({ socket }, response) => {
      sockets.add(socket)
      response.end('x')
    })
    const pool = new Map()
    const options = { port, times: 20, connections: 4, rate: null }
    for (let i = 0; i < 3; i++) await drive(options, () => request, pool)
    expect(sockets.size).toBe(4)
    for (const socket of sockets) socket.end()
    await Promise.all([...sockets].map((socket) => once(socket, 'close')))
    await drive(options, () => request, pool)
    expect(sockets.size).toBe(8)
  })

  it('keeps its rate, and counts the wait for a connection', async () => {
    const slow = 20
    const port = await serve((_, response) => setTimeout(() => response.end('x'), slow))
    const before = performance.now()
    const options = { port, times: 10, connections: 1, rate: 1000 }
    const latencies = await drive(options, () => request, new Map())
    expect(performance.now() - before).toBeGreaterThan(9 * slow)
    // The last request was due after 9 ms, and had to wait for nine others.
    expect(latencies[9]).toBeGreaterThan(8 * slow * 1000)
  })

  it.each([
    ['another status', 503, /HTTP\/1\.1 503/],
    ['a status with the same first digit', 201, /HTTP\/1\.1 201/],
  ])('fails with %s', async (_, status, problem) => {
    const port = await serve((_request, response) => response.writeHead(status).end('no'))
    const driven = drive({ port, times: 3, connections: 1, rate: null }, () => request, new Map())
    await expect(driven).rejects.toThrow(problem)
  })

  it('fails if the connection is closed', async () => {
    const port = await serve(({ socket }) => socket.end())
    const driven = drive({ port, times: 3, connections: 1, rate: null }, () => request, new Map())
    await expect(driven).rejects.toThrow('closed the connection')
  })
})
