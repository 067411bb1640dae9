import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type HttpAnswer, maxAnswer, readAnswer } from './answer.ts'

/** PEM of a certificate (the leaf, then what is sent with it) and of its key. */
export type ClientIdentity = { readonly cert: string; readonly key: string }

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** How a connection is made. */
export type Connection = {
  /** Where the socket goes. */
  readonly address: string
  readonly port: number
  /** Null: no TLS at all. */
  readonly tls: {
    /** What is named in the handshake (SNI); null for none. */
    readonly serverName: string | null
    /** Whether the server must prove itself, by `ca` (PEM) or by the roots that Node brings. */
    readonly verify: boolean
    readonly ca: string | null
    readonly identity: ClientIdentity | null
    /** This version and no other; null for what both sides like best. */
    readonly version: TlsVersion | null
    /** To be resumed. */
    readonly session: Buffer | null
  } | null
}

/** What is known of a handshake that came about. */
export type Shaken = {
  readonly protocol: string
  readonly askedForCertificate: boolean
  readonly resumed: boolean
  /** The last session that the server offered. */
  readonly session: Buffer | null
}

/** What became of an exchange. */
export type Exchanged =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly tls: Shaken | null }
  | {
      readonly kind: 'none'
      /** How far it came; `budget` where it was not begun. */
      readonly at: 'budget' | 'connect' | 'handshake' | 'answer'
      readonly why: string
      readonly tls: Shaken | null
    }

/** In milliseconds, for one exchange from first to last. */
const patience = 5_000

/**
 * Opens a connection, sends octets, and reads one answer.
 * @param octets a whole request in latin1, or null for a handshake alone
 */
export function exchange(connection: Connection, octets: string | null): Promise<Exchanged> {
  return new Promise((resolve) => {
    const raw = connectTcp({ host: connection.address, port: connection.port })
    const secured = connection.tls === null ? null : connectTls(tlsOptions(raw, connection.tls))
    const stream: Socket = secured ?? raw
    let at: 'connect' | 'handshake' | 'answer' = 'connect'
    let session: Buffer | null = null
    let shaken: Shaken | null = null
    const parts: Buffer[] = []
    const tls = (): Shaken | null => shaken && { ...shaken, session }
    const finish = (result: Exchanged) => {
      clearTimeout(timer)
      stream.destroy()
      raw.destroy()
      resolve(result)
    }
    const none = (why: string) => finish({ kind: 'none', at, why, tls: tls() })
    const timer = setTimeout(() => none(`no answer within ${patience / 1000} s`), patience)
    const look = (ended: boolean) => {
      const answer = readAnswer(Buffer.concat(parts), ended)
      if (answer !== null) finish({ kind: 'answer', answer, tls: tls() })
      else if (ended) none('the connection was closed')
    }
    const begin = () => {
      at = 'answer'
      if (secured !== null) shaken = stateOf(secured)
      if (octets !== null) stream.write(octets, 'latin1')
      // TLS 1.3 sends its sessions, and its refusals of a certificate, after the handshake.
      else setTimeout(() => none('nothing was asked'), afterHandshake)
    }
    let size = 0
    raw.on('connect', () => {
      at = secured === null ? 'answer' : 'handshake'
      if (secured === null) begin()
    })
    secured?.on('secureConnect', begin)
    secured?.on('session', (given: Buffer) => {
      session = given
    })
    stream.on('data', (part: Buffer) => {
      size += part.length
      parts.push(part)
      if (size > maxAnswer) none(`the answer is longer than ${maxAnswer} octets`)
      else look(false)
    })
    stream.on('end', () => look(true))
    stream.on('close', () => look(true))
    stream.on('error', (fault) => none(wordsOf(fault)))
    raw.on('error', (fault) => none(wordsOf(fault)))
  })
}

/** In milliseconds. */
const afterHandshake = 150

function tlsOptions(socket: Socket, tls: NonNullable<Connection['tls']>): ConnectionOptions {
  return {
    socket,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: tls.verify,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.serverName === null ? {} : { servername: tls.serverName }),
    ...(tls.identity === null ? {} : tls.identity),
    ...(tls.session === null ? {} : { session: tls.session }),
    ...(tls.version === null ? {} : { minVersion: tls.version, maxVersion: tls.version }),
    // OpenSSL itself would not offer the old versions at its usual level.
    ...(tls.version === 'TLSv1' || tls.version === 'TLSv1.1'
      ? { ciphers: 'DEFAULT:@SECLEVEL=0' }
      : {}),
  }
}

const stateOf = (socket: TLSSocket): Shaken => ({
  protocol: socket.getProtocol() ?? '',
  // OpenSSL knows the server's signature algorithms from its CertificateRequest, and only from there.
  askedForCertificate: socket.getSharedSigalgs().length > 0,
  resumed: socket.isSessionReused(),
  session: null,
})

const wordsOf = (fault: Error & { code?: string }): string => fault.code ?? fault.message
