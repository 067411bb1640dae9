import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWire, type WireOptions } from './wire.ts'

/** Answers what the path says, and keeps what it was sent. */
describe('the way out', () => {
  const heard: string[] = []
  let server: Server
  let url: string
  let port: number
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (octets) => {
        const text = octets.toString('latin1')
        heard.push(text)
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

  const open = (change: Partial<WireOptions> = {}) => {
    const paused: number[] = []
    const pause = async (milliseconds: number) => void paused.push(milliseconds)
    const options = { resolutions: new Map(), ca: null, limit: 10, pause, ...change }
    return { wire: openWire(options), paused }
  }

  it('sends a request letter for letter, and counts it', async () => {
    const { wire } = open()
    const exchanged = await wire.send({
      ...{ url: `${url}/200`, host: 'Other', target: '/200/./x', form: { a: 'b c' } },
      ...{ headers: [['x_Y', '1'] as const], rawLines: ['Odd :\n 2'] },
    })
    expect(exchanged).toMatchObject({ kind: 'answer', answer: { status: 200 }, tls: null })
    expect(heard.at(-1)).toBe(
      [
        ...['POST /200/./x HTTP/1.1', 'Host: Other', 'Odd :\n 2', 'x_Y: 1'],
        ...['User-Agent: certbound-doctor', 'Accept: application/json'],
        ...['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 5'],
        ...['Connection: close', '', 'a=b+c'],
      ].join('\r\n'),
    )
    const places = { [`127.0.0.1:${port}`]: 1 }
    expect(wire.sent()).toEqual({ requests: 1, posts: 1, connections: 1, throttled: 0, places })
  })

  it('goes where it is told to go in place of a host', async () => {
    const to = { address: '127.0.0.1', port }
    const { wire } = open({ resolutions: new Map([['as.example:80', to]]) })
    expect(await wire.send({ url: 'http://as.example/204' })).toMatchObject({ kind: 'answer' })
    expect(heard.at(-1)).toContain('\r\nHost: as.example\r\n')
    expect([wire.isResolved('http://as.example/x'), wire.isResolved('https://as.example')]).toEqual(
      [true, false],
    )
  })

  it('stops at its limit', async () => {
    const { wire } = open({ limit: 2 })
    const kinds: string[] = []
    for (let i = 0; i < 3; i++) {
      const exchanged = await wire.send({ url: `${url}/200` })
      kinds.push(exchanged.kind === 'none' ? exchanged.at : 'answer')
    }
    expect(kinds).toEqual(['answer', 'answer', 'budget'])
    expect(wire.sent().connections).toBe(2)
  })

  it('waits as long as a 429 says, and not for ever', async () => {
    const { wire, paused } = open()
    for (let i = 0; i < 4; i++) await wire.send({ url: `${url}/429` })
    expect(paused).toEqual([7000, 7000, 7000])
    expect(wire.sent()).toMatchObject({ throttled: 4, requests: 7 })
  })

  it('tells how far it came', async () => {
    const { wire } = open()
    expect(await wire.send({ url: `${url}/close` })).toMatchObject({ kind: 'none', at: 'answer' })
    const nobody = 'http://127.0.0.1:1/'
    expect(await wire.send({ url: nobody })).toMatchObject({ at: 'connect', why: 'ECONNREFUSED' })
  })
})
