import { connect } from 'node:tls'

/** Where a request is never finished: a piece of it comes five times a second. */
export type DrippingPart = 'headers' | 'body'

/**
 * Sends a request that goes on and on.
 * @param ca PEM of the CA of the server's certificate
 * @param patience in milliseconds
 * @returns after how many milliseconds the server put an end to it; null where it did not
 */
export function cutOffAfter(
  part: DrippingPart,
  { port, ca, patience }: { readonly port: number; readonly ca: string; readonly patience: number },
): Promise<number | null> {
  const head = `POST /token HTTP/1.1\r\nHost: localhost:${port}\r\n`
  const whole = `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n`
  return new Promise((resolve) => {
    const began = performance.now()
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca })
    const drip = () => socket.write(part === 'headers' ? 'X-A: b\r\n' : 'a')
    let dripping: NodeJS.Timeout | undefined
    const end = (after: number | null) => {
      clearInterval(dripping)
      clearTimeout(last)
      resolve(after)
      socket.destroy()
    }
    const last = setTimeout(() => end(null), patience)
    const cutOff = () => end(performance.now() - began)
    socket.on('secureConnect', () => {
      socket.write(part === 'headers' ? head : whole)
      dripping = setInterval(drip, 200)
    })
    socket.on('data', cutOff) // 408, or what it thinks of half a request.
    socket.on('error', () => {})
    socket.on('close', cutOff)
  })
}
