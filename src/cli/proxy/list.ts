import { proxyTemplates } from '../../terminators/templates.ts'
import { command, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { columns } from '../terminal.ts'

/** `proxy list`. */
export const proxyList = command({
  name: 'proxy list',
  summary: 'the TLS terminators that `proxy config` knows, and what each conveys',
  about: [
    'Chain: whether intermediates that the partner sends reach the Worker; where they do not,',
    '`ca add-intermediate` keeps them in the anchor set. Verified: how the configuration was tried.',
  ],
  arity: [0, 0],
  options: jsonOption,
  examples: ['certbound proxy list'],
  async run() {
    const rows = proxyTemplates.map(
      ({ name, source, chain, selfSigned, expired, verified, namesHeader }) => ({
        ...{ name, source, chain, selfSigned, expired, verified, namesHeader },
      }),
    )
    const lines = columns([
      ['NAME', 'CHAIN', 'SELF-SIGNED', 'VERIFIED', 'EXPIRED'],
      ...rows.map((row) => [row.name, row.chain, row.selfSigned, row.verified, row.expired]),
    ])
    return done(lines, rows)
  },
})
