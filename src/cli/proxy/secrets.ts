import { toBase64url } from '../../encoding/base64.ts'
import { toHex } from '../../encoding/hex.ts'

/** A new name for the certificate's header: 128 random bits, in letters and digits that all proxies take. */
export const newHeaderName = (): string => `Certbound-${toHex(randomOctets(16))}`

/** A new proxy credential: 256 random bits in base64url. */
export const newProxyCredential = (): string => toBase64url(randomOctets(32))

const randomOctets = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length))
