import type { KeyState } from '../../keys/key-states.ts'
import { listKeys, openRequests } from '../../keys/operator-keys.ts'
import { command, databaseOptions } from '../command.ts'
import { done } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'

export const keyList = command({
  name: 'key list',
  summary: 'list the signing keys and their states',
  about: [
    'upcoming: published, and signs later. signing: signs now. retired: published until the last token',
    'that it signed has expired. revoked: not in the key set. KEK is the id of the key-encryption key.',
  ],
  options: databaseOptions,
  examples: ['certbound key list', 'certbound key list --remote --json'],
  async run({ options }, context) {
    const database = await context.open(options)
    const keys = await listKeys(database, context.now)
    const open = (await openRequests(database, null)).length
    const rows = keys.map(({ key, state }) => [
      key.kid,
      key.alg,
      ...stateCells(state),
      formatTime(key.createdAt),
      key.keyEncryptionKey,
    ])
    const head = ['KID', 'ALG', 'STATE', 'SINCE/FROM', 'UNTIL', 'CREATED', 'KEK']
    const json = keys.map(({ key, state }) => ({
      kid: key.kid,
      issuer: key.issuer,
      alg: key.alg,
      ...state,
      createdAt: key.createdAt,
      activateAt: key.activateAt,
      keyEncryptionKey: key.keyEncryptionKey,
    }))
    const next =
      keys.length === 0
        ? ['no keys yet: the Worker makes the first one when it is first used']
        : [...authenticity]
    if (open > 0) next.push(`${count(open, 'request')} to the Worker not done yet`)
    return done(
      rows.length === 0 ? [] : columns([head, ...rows]),
      { keys: json, open_intents: open },
      next,
    )
  },
})

// A row that someone planted or changed looks like any other here: the CLI has no key to check it.
const authenticity = [
  'these states come from the dates in the rows; only the Worker can check that a row is authentic:',
  'compare with GET /jwks; the Worker logs key_row_not_authentic (docs/log-codes.md)',
]

function stateCells(state: KeyState): [state: string, since: string, until: string] {
  switch (state.state) {
    case 'upcoming':
      return ['upcoming', formatTime(state.signsFrom), '-']
    case 'signing':
      return ['signing', formatTime(state.since), '-']
    case 'retired':
      return ['retired', formatTime(state.supersededAt), formatTime(state.publishedUntil)]
    case 'revoked':
      return ['revoked', formatTime(state.revokedAt), '-']
  }
}
