import { terminators } from '../../terminators/terminators.ts'
import { command } from '../command.ts'
import { done } from '../outcome.ts'
import { columns } from '../terminal.ts'

export const proxyList = command({
  name: 'proxy list',
  summary: 'the TLS terminators that `proxy config` knows, and what each forwards',
  about: [
    'Chain: whether intermediates that the client sends reach the Worker. If they do not, add them to the',
    'anchor set with `ca add-intermediate`. Verified: how the configuration was tested.',
  ],
  options: {},
  examples: ['certbound proxy list'],
  async run() {
    const rows = terminators.map(
      ({ name, source, chain, selfSigned, expired, verified, namesHeader }) => {
        return { name, source, chain, selfSigned, expired, verified, namesHeader }
      },
    )
    const lines = columns([
      ['NAME', 'CHAIN', 'SELF-SIGNED', 'VERIFIED', 'EXPIRED'],
      ...rows.map((row) => [row.name, row.chain, row.selfSigned, row.verified, row.expired]),
    ])
    return done(lines, rows)
  },
})
