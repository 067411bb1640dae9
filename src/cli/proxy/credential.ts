import { command, jsonOption } from '../command.ts'
import { done, usage } from '../outcome.ts'
import { newProxyCredential } from './secrets.ts'

/** `proxy credential`. */
export const proxyCredential = command({
  name: 'proxy credential',
  summary: 'a new credential for the proxy, for `wrangler secret put PROXY_CREDENTIAL`',
  about: [
    'Prints 256 random bits and does not store them. The proxy sends them with every request in the header',
    'PROXY_CREDENTIAL_HEADER. To rotate it, first set the old one as PROXY_CREDENTIAL_PREVIOUS, and delete',
    'that when every proxy sends the new one.',
  ],
  arity: [0, 0],
  options: {
    user: {
      type: 'string',
      value: 'NAME',
      help: 'for HTTP Basic, in Authorization: prints NAME:PASSWORD',
    },
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
