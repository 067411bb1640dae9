import { toBase64url } from '../../encoding/base64.ts'
import { err, ok } from '../../encoding/result.ts'
import { readBy } from '../../encoding/schema.ts'
import { keyEncryptionKeyId } from '../../keys/key-encryption-key.ts'
import { defaultPublishAhead } from '../../keys/key-states.ts'
import {
  intentOutcome,
  openRequests,
  type RequestedIntent,
  requestIntent,
} from '../../keys/operator-keys.ts'
import type { Database } from '../../storage/database.ts'
import { auditedBy, changeOptions, command, type OptionValues } from '../command.ts'
import type { Context } from '../context.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { formatTime } from '../terminal.ts'

const secondsIn: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** A duration such as `0`, `90s`, `15m`, `2h` or `1d`, in seconds. */
export const duration = readBy((text) => {
  const [, number, unit = ''] = /^(\d{1,7})([smhd]?)$/.exec(String(text)) ?? []
  return number === undefined
    ? err('want a duration such as 0, 90s, 15m, 2h or 1d')
    : ok(Number(number) * (secondsIn[unit] ?? 1))
})

/** In seconds: the local edge looks for requests every few seconds, the deployed cron every minute. */
const defaultWait = { local: 20, remote: 0 }
const pollInterval = 500 // milliseconds

/** In seconds. APIs cache the key set: a key that signs sooner is one that they do not know yet. */
const shortestSafeAhead = 300

const requestOptions = {
  wait: {
    value: 'TIME',
    help: 'how long to wait for the Worker (default 20s, with --remote 0)',
    schema: duration,
  },
  ...changeOptions,
} as const

export const keyRotate = command({
  name: 'key rotate',
  summary: 'replace the signing key: the new one is published now and signs later',
  about: [
    'The Worker makes the key; its private half never leaves the Worker. It is published at once, and',
    'signs when every API has had time to fetch it. The key before it stays published until its tokens',
    'have expired.',
  ],
  options: {
    'activate-in': {
      value: 'TIME',
      help: `when it starts to sign: 0, 90s, 15m, 2h (default ${defaultPublishAhead / 60}m)`,
      schema: duration,
    },
    ...requestOptions,
  },
  examples: ['certbound key rotate', 'certbound key rotate --activate-in 1h --remote'],
  async run({ options }, context) {
    const ahead = options['activate-in'] ?? defaultPublishAhead
    const activateAt = context.now + ahead
    const signs = `signs from ${formatTime(activateAt)}`
    const next = ['`certbound key list` shows it']
    if (ahead < shortestSafeAhead) {
      next.unshift('APIs that cache the key set longer refuse its tokens until they fetch it again')
    }
    return request({ what: 'generate', activateAt }, options, context, {
      done: (kid) => `new key ${kid}: published, ${signs}`,
      open: `a new key is requested; it ${signs}`,
      next,
    })
  },
})

export const keyRewrap = command({
  name: 'key rewrap',
  summary: 'encrypt all signing keys with the current key-encryption key',
  about: [
    'Use it after you deployed a new KEY_ENCRYPTION_KEY, with the old one as KEY_ENCRYPTION_KEY_PREVIOUS.',
    'When `key list` shows no key with the old key-encryption key, you can delete that secret.',
  ],
  options: requestOptions,
  examples: ['certbound key rewrap', 'certbound key rewrap --remote --wait 90s'],
  run: ({ options }, context) =>
    request({ what: 'rewrap' }, options, context, {
      done: (outcome) => `rewrapped: ${outcome}`,
      open: 'the rewrap of all keys is requested',
      next: ['`certbound key list` shows the key-encryption key of each'],
    }),
})

export const keyEncryptionKeyGenerate = command({
  name: 'key-encryption-key generate',
  summary: 'make a key-encryption key, for `wrangler secret put KEY_ENCRYPTION_KEY`',
  about: [
    'Prints 32 random octets in base64url and does not store them: pipe them to wrangler, and keep a copy',
    'with your other secrets. It encrypts the signing keys: without it they are lost.',
  ],
  options: {},
  examples: ['certbound key-encryption-key generate | npx wrangler secret put KEY_ENCRYPTION_KEY'],
  async run() {
    const octets = crypto.getRandomValues(new Uint8Array(32))
    const key = toBase64url(octets)
    const id = await keyEncryptionKeyId(octets)
    return done([key], { key, id }, [`its id in \`certbound key list\`: ${id}`])
  },
})

type Messages = {
  readonly done: (outcome: string) => string
  readonly open: string
  readonly next: readonly string[]
}

/** Requests something of the Worker and waits for it. */
async function request(
  intent: RequestedIntent,
  options: OptionValues<typeof requestOptions>,
  context: Context,
  messages: Messages,
): Promise<Outcome> {
  const database = await context.open(options)
  const id = await requestIntent(database, intent, auditedBy(options, context))
  if (id === null) return requestedBefore(database, intent)
  const wait = options.wait ?? (options.remote ? defaultWait.remote : defaultWait.local)
  if (wait > 0) context.say(`waiting up to ${wait} s for the Worker`)
  const until = context.elapsed() + wait
  let outcome: string | null = null
  while (wait > 0 && outcome === null) {
    outcome = await intentOutcome(database, id)
    if (outcome !== null || context.elapsed() >= until) break
    await context.pause(pollInterval)
  }
  const json = { id, ...intent, done: outcome !== null, outcome }
  if (outcome !== null) return done([messages.done(outcome)], json, messages.next)
  const when = options.remote
    ? 'the cron of the Worker does it within a minute'
    : 'the local edge does it within seconds: is `npm start` running?'
  return done([`${messages.open}; not done yet`], json, [when, ...messages.next])
}

async function requestedBefore(database: Database, { what }: RequestedIntent): Promise<Outcome> {
  const [requestedAt] = await openRequests(database, what)
  const when = requestedAt === undefined ? '' : ` (${formatTime(requestedAt)})`
  return refused(
    `the same was requested before${when} and is not done yet`,
    'the Worker does it within a minute, if it is deployed with its cron trigger',
    'nothing was added; `certbound key list` shows open requests',
  )
}
