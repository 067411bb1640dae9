import { type Context, Hono } from 'hono'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'
import { type Answer, type Handler, refusalOf } from './exchange.ts'
import { guard } from './guard.ts'
import type { Log } from './log.ts'
import { refuse, toResponse } from './respond.ts'
import type { Route } from './routes.ts'
import { type Target, targetOf } from './target.ts'

/** What the app is made of. */
export type AppOptions = {
  readonly hosts: ReadonlySet<string>
  readonly routes: readonly Route[]
  readonly log: Log
  /** Seconds since the epoch; read once a request. */
  readonly clock: () => number
}

/** The HTTP face: guards, routes, answers, one log line a request. No business rules. */
export function createApp({ hosts, routes, log, clock }: AppOptions): Hono {
  const app = new Hono()
  const answer = (handler: Handler) => (c: Context) => exchange(c, handler, { hosts, log, clock })
  for (const { method, path, handler } of routes) {
    // One handler a path, and none for all paths: Hono calls a single match directly.
    app.all(
      path,
      answer(method === 'GET' ? onlyFor('GET, HEAD', handler) : onlyFor(method, handler)),
    )
  }
  app.notFound(answer(refusing((_, { path }) => ({ code: 'path_unknown', path }))))
  return app
}

/** An app for a deployment that cannot serve: every request gets the same refusal. */
export function createRefusingApp(refusal: Refusal, log: Log, clock: () => number): Hono {
  const app = new Hono()
  app.all('*', (c) =>
    exchange(
      c,
      refusing(() => refusal),
      { hosts: null, log, clock },
    ),
  )
  return app
}

type Surroundings = {
  /** Null: every host gets its answer. */
  readonly hosts: ReadonlySet<string> | null
  readonly log: Log
  readonly clock: () => number
}

async function exchange(
  c: Context,
  handler: Handler,
  { hosts, log, clock }: Surroundings,
): Promise<Response> {
  const request = c.req.raw
  const requestId = crypto.randomUUID()
  const moment = {
    now: clock(),
    defer: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  }
  const target = targetOf(request)
  const blocked = hosts === null ? null : guard(request, target, hosts)
  const answer =
    blocked === null ? await attempt(() => handler(request, moment, target)) : { refusal: blocked }
  const reply = 'refusal' in answer ? refuse(answer.refusal, request, requestId) : answer.reply
  const { status } = reply
  log({
    ...lineOf(answer, status),
    request_id: requestId,
    ...circumstances(request, target),
    status,
  })
  return toResponse(reply, requestId)
}

async function attempt(work: () => Promise<Answer> | Answer): Promise<Answer> {
  try {
    return await work()
  } catch (fault) {
    return { refusal: refusalOf(fault) }
  }
}

/** What happened. */
function lineOf(answer: Answer, status: number) {
  const told = 'refusal' in answer ? evidenceOf(answer.refusal) : (answer.record ?? {})
  const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info'
  return { level, code: 'answered', ...told } as const
}

/** To which request it happened. */
const circumstances = ({ method, headers }: Request, { host, path }: Target) => ({
  ray: headers.get('cf-ray'),
  address: headers.get('cf-connecting-ip'),
  method,
  host,
  path,
})

function evidenceOf(refusal: Refusal): Readonly<Record<string, unknown>> {
  const { code, ...evidence } = refusal
  // Whom it concerns stands where the line of a success has it, too.
  const clientId = 'clientId' in refusal ? refusal.clientId : undefined
  return { code, clientId, error: toWire(refusal).error, evidence }
}

const refusing =
  (refusal: (request: Request, target: Target) => Refusal): Handler =>
  (request, _, target) => ({ refusal: refusal(request, target) })

/** @param allow the methods, as in the header of that name */
function onlyFor(allow: string, handler: Handler): Handler {
  const methods = allow.split(', ')
  return (request, moment, target) =>
    methods.includes(request.method)
      ? handler(request, moment, target)
      : { refusal: notAllowed(request, allow) }
}

const notAllowed = ({ method }: Request, allow: string): Refusal => ({
  code: 'method_not_allowed',
  method,
  allow,
})
