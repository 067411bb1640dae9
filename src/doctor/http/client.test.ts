import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpClientOptions, httpClient } from './client.ts'

/** The server answers with the status in the path, and keeps the requests. */
describe('the HTTP client', () => {
  const received: string[] = []
  let server: Server
  let url: string
  let port: number
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (octets) => {
        const text = octets.toString('latin1')
        received.push(text)
        const status = /^\S+ \/(\d+)/.exec(text)?.[1]
        if (status === undefined) socket.destroy()
        else socket.end(`HTTP/1.1 ${status} X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n`)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
    url = `http://127.0.0.1:${port}`
  })
  afterAll(() => {
    server.close()
  })

  const open = (change: Partial<HttpClientOptions> = {}) => {
    const paused: number[] = []
    const pause = async (milliseconds: number) => void paused.push(milliseconds)
    const options = { resolutions: new Map(), ca: null, limit: 10, pause, ...change }
    return { http: httpClient(options), paused }
  }

  it('sends a request exactly as written, and counts it', async () => {
    const { http } = open()
    const exchange = await http.send({
      ...{ url: `${url}/200`, host: 'Other', target: '/200/./x', form: { a: 'b c' } },
      ...{ headers: [['x_Y', '1'] as const], rawLines: ['Odd :\n 2'] },
    })
    expect(exchange).toMatchObject({ kind: 'response', response: { status: 200 }, tls: null })
    expect(received.at(-1)).toBe(
      [
        ...['POST /200/./x HTTP/1.1', 'Host: Other', 'Odd :\n 2', 'x_Y: 1'],
        ...['User-Agent: certbound-doctor', 'Accept: application/json'],
        ...['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 5'],
        ...['Connection: close', '', 'a=b+c'],
      ].join('\r\n'),
    )
    const places = { [`127.0.0.1:${port}`]: 1 }
    expect(http.sent()).toEqual({ requests: 1, posts: 1, connections: 1, throttled: 0, places })
  })

  it('connects to the resolved address of a host', async () => {
    const to = { address: '127.0.0.1', port }
    const { http } = open({ resolutions: new Map([['as.example:80', to]]) })
    expect(await http.send({ url: 'http://as.example/204' })).toMatchObject({ kind: 'response' })
    expect(received.at(-1)).toContain('\r\nHost: as.example\r\n')
    expect([http.isResolved('http://as.example/x'), http.isResolved('https://as.example')]).toEqual(
      [true, false],
    )
  })

  it('stops at its limit', async () => {
    const { http } = open({ limit: 2 })
    const kinds: string[] = []
    for (let i = 0; i < 3; i++) {
      const exchange = await http.send({ url: `${url}/200` })
      kinds.push(exchange.kind === 'failed' ? exchange.stage : 'response')
    }
    expect(kinds).toEqual(['response', 'response', 'limit'])
    expect(http.sent().connections).toBe(2)
  })

  it('waits for the Retry-After of a 429, three times', async () => {
    const { http, paused } = open()
    for (let i = 0; i < 4; i++) await http.send({ url: `${url}/429` })
    expect(paused).toEqual([7000, 7000, 7000])
    expect(http.sent()).toMatchObject({ throttled: 4, requests: 7 })
  })

  it('reports the stage at which it failed', async () => {
    const { http } = open()
    expect(await http.send({ url: `${url}/close` })).toMatchObject({
      kind: 'failed',
      stage: 'response',
    })
    const closedPort = 'http://127.0.0.1:1/'
    expect(await http.send({ url: closedPort })).toMatchObject({
      stage: 'connect',
      reason: 'ECONNREFUSED',
    })
  })
})
