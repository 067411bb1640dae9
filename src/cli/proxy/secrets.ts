import { isProbablyRandom } from '../../certificate/random-text.ts'
import { toHex } from '../../encoding/hex.ts'

/** A new name for the certificate's header: 128 random bits. AWS accepts at most 40 characters. */
export const newHeaderName = (): string => acceptable(() => `Cert-${randomHex(16)}`)

/** A new proxy credential: 256 random bits in hex, which needs no quoting in any configuration. */
export const newProxyCredential = (): string => acceptable(() => randomHex(32))

const randomHex = (octets: number): string => toHex(crypto.getRandomValues(new Uint8Array(octets)))

/** Repeats until the Worker's heuristic accepts the text: it refuses a few percent of random ones. */
function acceptable(make: () => string): string {
  for (;;) {
    const text = make()
    if (isProbablyRandom(text)) return text
  }
}
