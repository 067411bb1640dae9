import { isProbablyRandom } from '../../certificate/random-text.ts'
import { toHex } from '../../encoding/hex.ts'

/** A new name for the certificate's header: 128 random bits. AWS takes no more than 40 characters. */
export const newHeaderName = (): string => acceptable(() => `Cert-${randomHex(16)}`)

/** A new proxy credential: 256 random bits, in digits that mean nothing in any configuration. */
export const newProxyCredential = (): string => acceptable(() => randomHex(32))

const randomHex = (octets: number): string => toHex(crypto.getRandomValues(new Uint8Array(octets)))

/** The Worker refuses what looks made up, and chance makes some of it: a few of a hundred. */
function acceptable(make: () => string): string {
  for (;;) {
    const text = make()
    if (isProbablyRandom(text)) return text
  }
}
