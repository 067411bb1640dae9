import { createConnection } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Identity, mintIdentity } from '../../../test/support/node/certificates.ts'
import { startEchoWorker } from '../../../test/support/node/echo-worker.ts'
import { mintServerCertificate } from '../certificates/server-certificate.ts'
import { noCertificate } from '../cf/tls-client-auth.ts'
import { createFront } from './front.ts'
import { type LoopbackListener, listenOnLoopback } from './loopback.ts'

let worker: Awaited<ReturnType<typeof startEchoWorker>>
let front: LoopbackListener
let ca: string
let client: Identity

beforeAll(async () => {
  const certificate = await mintServerCertificate(Math.floor(Date.now() / 1000))
  ca = certificate.ca.cert
  client = await mintIdentity({ subject: 'CN=client' })
  worker = await startEchoWorker()
  const options = {
    identity: certificate.server,
    requestCertificate: true,
    clientAuth: async () => noCertificate,
    worker: async () => ({ origin: worker.url, sourceHeaders: new Set<string>() }),
  }
  const listening = await listenOnLoopback(() => createFront(options), 0)
  if (!listening.ok) throw new Error(listening.error.why)
  front = listening.value
}, 30_000)

afterAll(async () => {
  await front?.close()
  await worker?.dispose()
})

function open(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { cert, key } = client
    const socket = connect({ host: 'localhost', port: front.port, ca, cert, key }, () =>
      resolve(socket),
    )
    socket.on('error', reject)
  })
}

/** Sends octets unchanged. Resolves to everything received until the server closes. */
async function raw(text: string): Promise<string> {
  const socket = await open()
  return new Promise((resolve) => {
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.write(Buffer.from(text, 'latin1'))
  })
}

const statusOf = (answer: string): string | undefined => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
const head = (...lines: string[]): string => [...lines, 'Connection: close', '', ''].join('\r\n')

describe('a malformed request', () => {
  it('well-formed: 200, the accepted twin', async () => {
    const answer = await raw(head('GET /a HTTP/1.1', 'Host: localhost'))
    expect(statusOf(answer)).toBe('200')
    expect(answer).toContain('"url":"https://localhost/a"')
  })

  const post = 'POST /a HTTP/1.1'
  const host = 'Host: localhost'
  const chunked = 'Transfer-Encoding: chunked'
  it.each([
    ['two lengths', `${head(post, host, 'Content-Length: 1', 'Content-Length: 2')}a`],
    ['a length and chunks', `${head(post, host, 'Content-Length: 1', chunked)}0\r\n\r\n`],
    ['a misspelt transfer coding', `${head(post, host, 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['chunked not last', `${head(post, host, 'Transfer-Encoding: chunked, gzip')}0\r\n\r\n`],
    ['a length that is not a number', `${head(post, host, 'Content-Length: +1')}a`],
    ['a chunk size that is not a number', `${head(post, host, chunked)}x\r\na\r\n0\r\n\r\n`],
    ['a space before the colon', head('GET /a HTTP/1.1', host, 'Content-Length : 1')],
    ['a folded header', head('GET /a HTTP/1.1', host, 'X-A: b\r\n\tc')],
    ['a bare line feed', `GET /a HTTP/1.1\nHost: localhost\n\n`],
    ['no Host', head('GET /a HTTP/1.1')],
    ['two Hosts', head('GET /a HTTP/1.1', host, 'Host: other.example')],
    ['a Host with a path', head('GET /a HTTP/1.1', 'Host: localhost/x')],
    ['a Host with an impossible port', head('GET /a HTTP/1.1', 'Host: localhost:99999')],
    ['a Host with only colons as address', head('GET /a HTTP/1.1', 'Host: [:::::]')],
    ['a Host with an impossible address', head('GET /a HTTP/1.1', 'Host: 256.256.256.256')],
    ['a Host with a partly impossible address', head('GET /a HTTP/1.1', 'Host: 1.2.3.999')],
    ['a Host with a user', head('GET /a HTTP/1.1', 'Host: me@localhost')],
    ['the absolute form', head('GET https://other.example/a HTTP/1.1', host)],
    ['a target without a slash', head('OPTIONS * HTTP/1.1', host)],
    ['a control character in a value', head('GET /a HTTP/1.1', host, 'X-A: b\u0001c')],
    ['not HTTP', 'hello\r\n\r\n'],
  ])('%s: 400', async (_, text) => {
    expect(statusOf(await raw(text))).toBe('400')
  })

  it('closes the connection for CONNECT', async () => {
    const answer = await raw(head('CONNECT other.example:443 HTTP/1.1', 'Host: other.example:443'))
    expect(answer).toBe('')
  })

  it('answers an upgrade as an ordinary request', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
    const socket = await open()
    const answer = new Promise<string>((resolve) => {
      socket.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    socket.write(['GET /a HTTP/1.1', 'Host: localhost', ...upgrade, '', ''].join('\r\n'))
    expect(statusOf(await answer)).toBe('200')
    socket.destroy()
  })

  it('does not run a request smuggled in a body', async () => {
    const smuggled = 'GET /b HTTP/1.1\r\nHost: localhost\r\nMF-CF-Blob: {}\r\n\r\n'
    const length = `Content-Length: ${smuggled.length}`
    const answer = await raw(head(post, host, length) + smuggled)
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    expect(answer).toContain(`"body":${smuggled.length}`)
  })
})

describe('TLS', () => {
  it('is not renegotiated, so the certificate cannot change', async () => {
    const { cert, key } = client
    const outcome = await new Promise<string>((resolve, reject) => {
      const socket = connect(
        { host: 'localhost', port: front.port, ca, cert, key, maxVersion: 'TLSv1.2' },
        () => {
          socket.renegotiate({}, (error) => {
            resolve(error === null ? 'renegotiated' : 'refused')
            socket.destroy()
          })
        },
      )
      socket.on('error', (error) =>
        /renegotiation/.test(error.message) ? resolve('refused') : reject(error),
      )
    })
    expect(outcome).toBe('refused')
  })

  it('is required: plain HTTP gets no response', async () => {
    const answer = await new Promise<string>((resolve) => {
      let received = ''
      const socket = createConnection(front.port, '127.0.0.1', () => {
        socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
      })
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(received))
    })
    expect(answer).not.toContain('HTTP/1.1 200')
  })
})
