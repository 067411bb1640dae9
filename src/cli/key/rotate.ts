import { defaultPublishAhead } from '../../keys/key-states.ts'
import { type Database, query } from '../../storage/database.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import { formatTime } from '../terminal.ts'
import { awaitIntent, type Intent, requestIntent } from './intent.ts'
import { parseSpan } from './span.ts'

/** The local edge looks every few seconds; the deployed Worker's cron every minute. */
const ordinaryWait = { local: 20, remote: 0 }

/** Sooner, and APIs that remember the key set meet a key they do not know. */
const shortestSafeAhead = 300

const waitOption = {
  wait: {
    type: 'string',
    value: 'SPAN',
    help: 'how long to wait for the Worker (default 20s, with --remote 0)',
  },
} as const

/** `key rotate`. */
export const keyRotate = command({
  name: 'key rotate',
  summary: 'a new signing key: published now, signing later, the old one kept until its tokens end',
  about: [
    'The Worker makes the key, nobody else ever holds its private half. It is in the key set at once',
    'and signs when every API has had time to fetch it; then the one before retires by itself.',
  ],
  arity: [0, 0],
  options: {
    'activate-in': {
      type: 'string',
      value: 'SPAN',
      help: `when it starts to sign: 0, 90s, 15m, 2h (default ${defaultPublishAhead / 60}m)`,
    },
    ...waitOption,
    ...jsonOption,
    ...changeOptions,
  },
  examples: ['certbound key rotate', 'certbound key rotate --activate-in 1h --remote'],
  async run({ options }, context) {
    const ahead = parseSpan(options['activate-in'] ?? String(defaultPublishAhead))
    const wait = waitOf(options)
    if (ahead === null || wait === null) return usage('a span is written 0, 90s, 15m, 2h or 1d')
    const activateAt = context.now + ahead
    const database = await context.open(options)
    const early =
      ahead < shortestSafeAhead
        ? [
            'APIs that remember the key set longer than that refuse its tokens until they look again',
          ]
        : []
    const signs = `signs from ${formatTime(activateAt)}`
    return ask(database, context, { what: 'generate', activateAt }, options, wait, {
      done: (kid) => [`new key ${kid}: published, ${signs}`],
      open: `a new key is asked for; it ${signs}`,
      next: [...early, '`certbound key list` shows it'],
    })
  },
})

/** `key rewrap`. */
export const keyRewrap = command({
  name: 'key rewrap',
  summary: 'wrap all signing keys under the present key-encryption key',
  about: [
    'After a new KEY_ENCRYPTION_KEY was deployed with the former one as KEY_ENCRYPTION_KEY_PREVIOUS.',
    'When it is done and no key of `key list` names the former one, that secret can be deleted.',
  ],
  arity: [0, 0],
  options: { ...waitOption, ...jsonOption, ...changeOptions },
  examples: ['certbound key rewrap', 'certbound key rewrap --remote --wait 90s'],
  async run({ options }, context) {
    const wait = waitOf(options)
    if (wait === null) return usage('a span is written 0, 90s, 15m, 2h or 1d')
    const database = await context.open(options)
    return ask(database, context, { what: 'rewrap' }, options, wait, {
      done: (outcome) => [`rewrapped: ${outcome}`],
      open: 'the keys are to be rewrapped',
      next: ['`certbound key list` names the key-encryption key of each'],
    })
  },
})

const waitOf = (options: { readonly wait: string | undefined; readonly remote: boolean }) =>
  parseSpan(options.wait ?? String(options.remote ? ordinaryWait.remote : ordinaryWait.local))

type Words = {
  readonly done: (outcome: string) => string[]
  readonly open: string
  readonly next: readonly string[]
}

async function ask(
  database: Database,
  context: Context,
  intent: Intent,
  options: { readonly as: string | undefined; readonly remote: boolean },
  wait: number,
  words: Words,
): Promise<Outcome> {
  const id = await requestIntent(database, context, options.as ?? context.user, intent)
  if (id === null) return alreadyAsked(database, intent)
  if (wait > 0) context.say(`waiting up to ${wait} s for the Worker`)
  const outcome = wait > 0 ? await awaitIntent(database, context, id, wait) : null
  const json = { id, ...intent, done: outcome !== null, outcome }
  if (outcome !== null) return done(words.done(outcome), json, words.next)
  const when = options.remote
    ? "the Worker's cron does it within a minute"
    : 'the local edge does it within seconds: is `npm start` running?'
  return done([`${words.open}; not done yet`], json, [when, ...words.next])
}

async function alreadyAsked(database: Database, { what }: Intent): Promise<Outcome> {
  const [row] = await query(
    database,
    'SELECT requested_at FROM key_intents WHERE what = ?1 AND done_at IS NULL LIMIT 1',
    what,
  )
  const since = row === undefined ? '' : ` (of ${formatTime(Number(row.requested_at))})`
  return refused(
    `the same was asked before${since} and is not done yet`,
    'the Worker does it within a minute, where it runs and its cron is on',
    'nothing was added; `certbound key list` shows what is open',
  )
}
