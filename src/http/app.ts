import { type Context, Hono } from 'hono'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'
import { type Answer, type Handler, refusalOf } from './exchange.ts'
import { guard } from './guard.ts'
import type { Log } from './log.ts'
import { newRequestId } from './request-id.ts'
import { type RequestRecord, requestLine } from './request-line.ts'
import { refuse, toResponse } from './respond.ts'
import type { Route } from './routes.ts'
import { targetOf } from './target.ts'

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
  const surroundings = { hosts, log, clock }
  const answer = (allow: string | null, handler: Handler) => (c: Context) =>
    exchange(c, allow, handler, surroundings)
  for (const { method, path, handler } of routes) {
    // One handler a path, and none for all paths: Hono calls a single match directly.
    app.all(path, answer(method === 'GET' ? 'GET, HEAD' : method, handler))
  }
  app.notFound(answer(null, (_, __, { path }) => ({ refusal: { code: 'path_unknown', path } })))
  return app
}

/** An app for a deployment that cannot serve: every request gets the same refusal. */
export function createRefusingApp(refusal: Refusal, log: Log, clock: () => number): Hono {
  const app = new Hono()
  app.all('*', (c) => exchange(c, null, () => ({ refusal }), { hosts: null, log, clock }))
  return app
}

type Surroundings = {
  /** Null: every host gets its answer. */
  readonly hosts: ReadonlySet<string> | null
  readonly log: Log
  readonly clock: () => number
}

/** @param allow the methods that the handler is for, as in the header of that name; null: all */
async function exchange(
  c: Context,
  allow: string | null,
  handler: Handler,
  { hosts, log, clock }: Surroundings,
): Promise<Response> {
  const request = c.req.raw
  const { method } = request
  const visit = {
    now: clock(),
    requestId: newRequestId(),
    address: request.headers.get('cf-connecting-ip'),
    defer: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  }
  const target = targetOf(request)
  let answer: Answer
  try {
    const refusal =
      (hosts === null ? null : guard(request, method, target, hosts)) ?? notAllowed(method, allow)
    answer = refusal === null ? await handler(request, visit, target) : { refusal }
  } catch (fault) {
    answer = { refusal: refusalOf(fault) }
  }
  const reply =
    'refusal' in answer ? refuse(answer.refusal, request, visit.requestId) : answer.reply
  const record = 'refusal' in answer ? recordOf(answer.refusal) : (answer.record ?? nothingElse)
  const ray = request.headers.get('cf-ray')
  log(requestLine(record, { visit, target, method, ray, status: reply.status }))
  return toResponse(reply, visit.requestId)
}

const nothingElse: RequestRecord = { code: 'answered' }

function recordOf(refusal: Refusal): RequestRecord {
  const { code, ...evidence } = refusal
  // Whom it concerns stands where the record of a success has it, too.
  const clientId = 'clientId' in refusal ? refusal.clientId : undefined
  return { code, client_id: clientId, error: toWire(refusal).error, evidence }
}

const notAllowed = (method: string, allow: string | null): Refusal | null =>
  allow === null || allow === method || allow.split(', ').includes(method)
    ? null
    : { code: 'method_not_allowed', method, allow }
