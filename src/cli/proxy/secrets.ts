import { toHex } from '../../encoding/hex.ts'

/** A new name for the certificate's header: 128 random bits. AWS takes no more than 40 characters. */
export const newHeaderName = (): string => `Cert-${toHex(randomOctets(16))}`

/** A new proxy credential: 256 random bits, in digits that mean nothing in any configuration. */
export const newProxyCredential = (): string => toHex(randomOctets(32))

const randomOctets = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length))
