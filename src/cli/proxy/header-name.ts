import { command, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { newHeaderName } from './secrets.ts'

/** `proxy header-name`. */
export const proxyHeaderName = command({
  name: 'proxy header-name',
  summary: "a new name for the certificate's header, for `wrangler secret put CERTIFICATE_HEADER`",
  about: [
    'Prints a name with 128 random bits and does not store it. The proxy writes the certificate into a',
    'header of this name, and the Worker reads no other. Keep it secret on both sides.',
  ],
  arity: [0, 0],
  options: jsonOption,
  examples: ['certbound proxy header-name | npx wrangler secret put CERTIFICATE_HEADER'],
  async run() {
    const name = newHeaderName()
    return done([name], { name }, [
      'it does not replace the credential: header names show up in logs',
    ])
  },
})
