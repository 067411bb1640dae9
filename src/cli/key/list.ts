import { query } from '../../storage/database.ts'
import { command, databaseOptions, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import { listKeys, type StatedKey } from './key-records.ts'

const OPEN_INTENTS = 'SELECT count(*) AS open FROM key_intents WHERE done_at IS NULL'

/** `key list`. */
export const keyList = command({
  name: 'key list',
  summary: 'the signing keys, and what each of them does now',
  about: [
    'upcoming: published, signs later. signing: signs now. retired: published until the last token it',
    'signed has expired. revoked: out of the key set. KEK is the name of the key-encryption key.',
  ],
  arity: [0, 0],
  options: { ...jsonOption, ...databaseOptions },
  examples: ['certbound key list', 'certbound key list --remote --json'],
  async run({ options }, context) {
    const database = await context.open(options)
    const keys = await listKeys(database, context.now)
    const [intents] = await query(database, OPEN_INTENTS)
    const open = Number(intents?.open ?? 0)
    const head = ['KID', 'ALG', 'STATE', 'SINCE/FROM', 'UNTIL', 'CREATED', 'KEK']
    return done(
      keys.length === 0 ? [] : columns([head, ...keys.map(rowOf)]),
      { keys: keys.map(described), open_intents: open },
      [
        ...(keys.length === 0
          ? ['no keys yet: the Worker makes the first when it is first used']
          : authenticity),
        ...(open > 0 ? [`${count(open, 'request')} to the Worker not done yet`] : []),
      ],
    )
  },
})

// A row that was planted or altered looks like any other here: only the Worker has the key to tell.
const authenticity = [
  'states are by the dates in the rows; only the Worker can tell an authentic row from a planted one:',
  'compare with GET /jwks; it logs key_row_not_authentic (docs/log-codes.md)',
]

const rowOf = (stated: StatedKey): string[] => [
  stated.key.kid,
  stated.key.alg,
  ...stateCells(stated),
  formatTime(stated.key.createdAt),
  stated.key.keyEncryptionKey,
]

function stateCells({ state }: StatedKey): [state: string, since: string, until: string] {
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

const described = ({ key, state }: StatedKey) => ({
  kid: key.kid,
  issuer: key.issuer,
  alg: key.alg,
  ...state,
  createdAt: key.createdAt,
  activateAt: key.activateAt,
  keyEncryptionKey: key.keyEncryptionKey,
})
