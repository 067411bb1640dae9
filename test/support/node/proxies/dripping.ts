import { connect } from 'node:tls'

/** The part of a request that is sent slowly: one piece five times a second. */
export type SlowPart = 'headers' | 'body'

/**
 * Sends a request that never ends (slowloris).
 * @param ca PEM of the CA of the server's certificate
 * @param timeout in milliseconds
 * @returns after how many milliseconds the server closed the connection, or null if it did not
 */
export function cutOffAfter(
  part: SlowPart,
  { port, ca, timeout }: { readonly port: number; readonly ca: string; readonly timeout: number },
): Promise<number | null> {
  const head = `POST /token HTTP/1.1\r\nHost: localhost:${port}\r\n`
  const allHeaders = `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n`
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca })
    const sendPiece = () => socket.write(part === 'headers' ? 'X-A: b\r\n' : 'a')
    let timer: NodeJS.Timeout | undefined
    const end = (after: number | null) => {
      clearInterval(timer)
      clearTimeout(last)
      resolve(after)
      socket.destroy()
    }
    const last = setTimeout(() => end(null), timeout)
    const cutOff = () => end(performance.now() - startedAt)
    socket.on('secureConnect', () => {
      socket.write(part === 'headers' ? head : allHeaders)
      timer = setInterval(sendPiece, 200)
    })
    socket.on('data', cutOff) // 408, or another response to half a request.
    socket.on('error', () => {})
    socket.on('close', cutOff)
  })
}
