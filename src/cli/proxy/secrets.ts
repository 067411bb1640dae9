import { isProbablyRandom } from '../../certificate/random-text.ts'
import { toHex } from '../../encoding/hex.ts'
import { command, jsonOption } from '../command.ts'
import { done, usage } from '../outcome.ts'

export const proxyHeaderName = command({
  name: 'proxy header-name',
  summary: "a new name for the certificate's header, for `wrangler secret put CERTIFICATE_HEADER`",
  about: [
    'Prints a name with 128 random bits and does not store it. The proxy writes the certificate into a',
    'header of this name, and the Worker reads no other. Keep it secret on both sides.',
  ],
  options: jsonOption,
  examples: ['certbound proxy header-name | npx wrangler secret put CERTIFICATE_HEADER'],
  async run() {
    const name = newHeaderName()
    return done([name], { name }, [
      'it does not replace the credential: header names show up in logs',
    ])
  },
})

export const proxyCredential = command({
  name: 'proxy credential',
  summary: 'a new credential for the proxy, for `wrangler secret put PROXY_CREDENTIAL`',
  about: [
    'Prints 256 random bits and does not store them. The proxy sends them with every request in the',
    'header PROXY_CREDENTIAL_HEADER. To rotate it, first set the old one as PROXY_CREDENTIAL_PREVIOUS,',
    'and delete that when every proxy sends the new one.',
  ],
  options: {
    user: { value: 'NAME', help: 'for HTTP Basic, in Authorization: prints NAME:PASSWORD' },
    ...jsonOption,
  },
  examples: [
    'certbound proxy credential | npx wrangler secret put PROXY_CREDENTIAL',
    'certbound proxy credential --user edge',
  ],
  async run({ options: { user } }) {
    // RFC 7617 section 2: a user name cannot contain a colon.
    if (user !== undefined && !/^[\w.~-]{1,64}$/.test(user)) {
      return usage('--user: want 1 to 64 letters, digits and . _ ~ -')
    }
    const secret = newProxyCredential()
    const credential = user === undefined ? secret : `${user}:${secret}`
    return done([credential], { credential })
  },
})

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
